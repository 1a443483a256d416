package enroll

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// hasLetter: jobs that may be sent again as they are, once somebody has mended the cause or decided.
func hasLetter(status store.Status) bool {
	return status == store.StatusDead || status == store.StatusInDoubt || status == store.StatusInvalid
}

// notKept says why no copy is kept of a message that ended for a reason, and nothing where a letter keeps it. What can become
// valid is kept: another version of the workers may read it, another configuration know its program or its key. What cannot
// is not, nor is what may hold a card's security code, PIN or stripe, of which not even a sealed copy may be: the intake key
// opens it.
func (r *reading) notKept(reason jobs.Reason) string {
	switch {
	case r.noCopy != "":
		return r.noCopy
	case reason == jobs.ReasonSecurityCode:
		return "a copy would hold what must not be kept"
	case reason == jobs.ReasonClearCard:
		return "it holds a card number in clear"
	case r.wrongSubject:
		return "its subject is another program's"
	case r.sound && !r.unopened:
		return ""
	case reason == jobs.ReasonTooLarge || len(r.body) > jobs.MaxKeptMessage:
		return "it is too large"
	case !jobs.ValidProgram(r.record.Program):
		return "its subject names no program"
	case jobs.NamesSensitive(r.body):
		return "it may hold a security code, a PIN or a stripe"
	case !r.looked(reason) && pan.Contains(string(r.body)):
		return "it may hold a card number in clear"
	default:
		return ""
	}
}

// looked reports whether the message was looked through for card numbers, member by member.
func (r *reading) looked(reason jobs.Reason) bool {
	return r.sound || reason == jobs.ReasonUnknownSchema || reason == jobs.ReasonInvalidField
}

// copied reports whether a letter keeps the message, by what was found now and by what was found when its row was written.
func (r *reading) copied(outcome store.Outcome) bool {
	found := r.problem == nil || r.notKept(r.problem.Reason) == ""

	return found && r.notKept(jobs.Reason(outcome.Failure.Reason)) == ""
}

// mayNotBeKept: a job that holds the card's security code, PIN or stripe leaves no copy, not even a sealed one: the intake key
// would open it for as long as letters are kept. Nor does one with a card number beside its seal.
func mayNotBeKept(reason jobs.Reason) bool {
	return reason == jobs.ReasonSecurityCode || reason == jobs.ReasonClearCard
}

// publishLetter writes the dead letter of a job.
func (w *Worker) publishLetter(ctx context.Context, r *reading, outcome store.Outcome) error {
	job, err := w.letterJob(r)
	if err != nil {
		return err
	}

	given := outcome.CompletedAt
	if given.IsZero() { // it waits for an operator, and is not at its end
		given = outcome.UpdatedAt
	}

	message, err := newMessage(jobs.DeadSubject(job.Program, r.record.ID), jobs.DeadLetter{
		Schema:      jobs.SchemaVersion,
		ID:          r.record.ID,
		Status:      string(outcome.Status),
		Error:       jobs.Failure(outcome.Failure),
		Attempts:    outcome.Attempts,
		FirstSeenAt: outcome.FirstSeenAt,
		DeadAt:      given,
		Job:         job,
	})
	if err != nil {
		return err
	}

	r.handOn(message)

	_, err = w.persist(ctx, message, jobs.StreamDead, letterID(r, outcome))

	return err
}

// letterID tells letters apart by the message they hold as well: a job that was sealed again has another.
func letterID(r *reading, outcome store.Outcome) string {
	const mark = 8 // bytes of the digest

	return announce.ID(outcome) + "/" + hex.EncodeToString(r.record.MessageDigest[:mark])
}

// letterJob is the job as its letter holds it: as it is, or, where that is no job or may have its card's number beside
// its seal, sealed as a whole, so that nothing of it is in clear.
func (w *Worker) letterJob(r *reading) (jobs.Job, error) {
	if r.sound && !r.unopened {
		return r.job, nil
	}

	id := r.record.ID
	if id == r.place() {
		id = r.placeName() // no job has an id such as that of its row
	}

	return w.config.Keys().SealMessage(jobs.Job{ID: id, Program: r.record.Program, Batch: r.record.BatchID}, r.body)
}

func newMessage(subject string, body any) (*nats.Msg, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding a message for %s: %w", subject, err)
	}

	message := nats.NewMsg(subject)
	message.Data = data

	return message, nil
}
