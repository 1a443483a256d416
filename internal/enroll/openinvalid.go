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
		r.record.ExternalConsumerID = unlikeCard(r.record.ExternalConsumerID)
		r.record.ExternalCardID = unlikeCard(r.record.ExternalCardID)
	}

	r.prefer(sealed, r.conceal(numbers, append(texts, jobs.Beside{Field: "the message", Text: beside})))
}

// sealsSensitive reports whether the message has a seal that holds a security code, PIN or stripe. It is for messages that made
// the worker panic: what cannot be looked at without that is left to who looks through the letters.
func (w *Worker) sealsSensitive(r *reading) (found bool) {
	p := guard.Run(func() {
		for _, seal := range jobs.SealsIn(r.body) {
			if holds, _ := w.config.Keys().SealsSensitive(seal); holds {
				found = true
			}
		}
	})
	if p != nil {
		w.config.Logger.Warn("a message that made the worker panic could not be looked through for security codes",
			"message", r.place(), "type", p.Type)
	}

	return found
}
