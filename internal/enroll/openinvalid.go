package enroll

import (
	"strings"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// openInvalid opens the seals of a message that is no job, for what decides whether a copy of it may be kept, and which of its
// texts. One of another version may have its seal under another name.
func (w *Worker) openInvalid(r *reading) {
	seals := jobs.SealsIn(r.body)
	if len(seals) == 0 {
		return
	}

	var (
		numbers []pan.Number
		sealed  *jobs.Problem
	)

	texts, beside := textsOf(r.job, r.msg, ""), string(r.body)

	for _, seal := range seals {
		opened, problem := w.config.Keys().Unseal(seal, w.ledger.Now())
		if sealed == nil || problem != nil && mayNotBeKept(problem.Reason) {
			sealed = problem
		}

		numbers = append(numbers, opened.Numbers...)
		texts = append(texts, jobs.Beside{Field: "header of the seal", Text: opened.Header})
		beside = strings.Replace(beside, seal, "", 1)
	}

	if len(numbers) == 0 {
		r.unlikeCard()
	}

	r.prefer(sealed, r.conceal(numbers, append(texts, jobs.Beside{Field: "the message", Text: beside})))
}

// lookInto looks into a message that was not read to its end, as openInvalid does, before a copy of it is kept. Where that cannot
// be done, no key beside its seal is recorded that could be the number of its card.
func (w *Worker) lookInto(r *reading) {
	if r.record.ID == "" {
		r.record = w.newInvalidRecord(r)
	}

	p := guard.Run(func() { w.openInvalid(r) })
	if p == nil {
		return
	}

	w.config.Logger.Warn("a message could not be looked through for security codes and card numbers",
		"message", r.place(), "type", p.Type)

	if r.unlikeCard() {
		r.noCopy = "it could not be looked through, and a key beside its seal may be the card's number"
	}
}

// unlikeCard takes out of what is recorded the keys that could be a card number, and reports whether there were any. It is for
// jobs whose own number nobody knows.
func (r *reading) unlikeCard() (some bool) {
	for _, key := range []*string{&r.record.ExternalConsumerID, &r.record.ExternalCardID} {
		if kept := unlikeCard(*key); kept != *key {
			*key, some = kept, true
		}
	}

	return some
}
