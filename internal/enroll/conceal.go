package enroll

import (
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// textsOf are the texts of a message that stand beside the seal.
func textsOf(job jobs.Job, msg jetstream.Msg, sealHeader string) []jobs.Beside {
	return append(append(job.Besides(), jobs.Beside{Field: "header of the seal", Text: sealHeader}), headerTexts(msg)...)
}

// headerTexts are the texts of a message beside its body.
func headerTexts(msg jetstream.Msg) []jobs.Beside {
	texts := []jobs.Beside{{Field: "subject", Text: msg.Subject()}}

	for name, values := range msg.Headers() {
		texts = append(texts, jobs.Beside{Field: "header " + name, Text: name + " " + strings.Join(values, " ")})
	}

	slices.SortFunc(texts, func(a, b jobs.Beside) int { return strings.Compare(a.Field, b.Field) })

	return texts
}

// cardLike are the fields of a message's job that may look like a card number.
func (w *Worker) cardLike(msg jetstream.Msg) []string {
	program, _ := jobs.ProgramOf(msg.Subject())

	return w.config.Programs[program].CardLikeFields
}

// checkHeaders takes note of a card number, of any card, in the subject or the headers of a message.
func (r *reading) checkHeaders(found *jobs.Problem) {
	if found == nil {
		return
	}

	r.sound, r.traceparent, r.traceID = false, "", ""

	if r.problem == nil || !mayNotBeKept(r.problem.Reason) {
		r.problem = found
	}
}

// conceal takes out of what is kept of a job whatever holds the number of its card, and says where that was. The job itself is
// not kept at all then.
func (r *reading) conceal(numbers []pan.Number, texts []jobs.Beside) *jobs.Problem {
	found := jobs.FindNumber(numbers, texts)
	if found == nil {
		return nil
	}

	r.sound, r.concealed = false, true
	r.job = jobs.Job{}

	everywhere := found.Field == "" // spread over several
	hide := func(field string, text *string) {
		beside := jobs.Beside{Field: field, Text: *text}
		if everywhere || slices.ContainsFunc(numbers, beside.Holds) {
			*text = ""
		}
	}

	r.givenID = r.record.ID
	hide(jobs.FieldID, &r.record.ID)
	hide(jobs.FieldExternalConsumerID, &r.record.ExternalConsumerID)
	hide(jobs.FieldExternalCardID, &r.record.ExternalCardID)

	for _, text := range []*string{&r.record.Program, &r.record.BatchID, &r.traceparent, &r.traceID} {
		hide("", text)
	}

	if r.record.ID == "" {
		r.record.ID = r.place()
	}

	return found
}
