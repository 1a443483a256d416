package enroll

import (
	"context"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// reasonReadAgain is why the row of a message without an id ends, once a worker could read the message.
const reasonReadAgain = "READ_UNDER_ITS_ID"

// unwrap takes the message out of a job that holds a whole one, which no worker could read when it came, and which an
// operator has had tried again. From then on it is as if the message had just come.
func (w *Worker) unwrap(r *reading, cardLike []string) {
	body, problem := w.config.Keys().OpenMessage(r.job.Sealed)
	if problem != nil {
		r.problem, r.wrapped = problem, true
		return
	}

	r.wrapper = r.job.ID
	r.body = body
	r.job, r.problem = jobs.Decode(body, cardLike...)

	if r.problem == nil && jobs.HoldsMessage(r.job.Sealed) {
		r.problem = &jobs.Problem{Reason: jobs.ReasonInvalidField, Field: "sealed", Message: "holds a message that holds another"}
	}
}

// decideWrapped keeps a wrapped message that cannot be opened here. Nobody can say which row is its, so nothing is written.
func (w *Worker) decideWrapped(r *reading) decision {
	next := back(w.later(r))
	if w.config.Pacers[r.program.Name] == nil {
		return next
	}

	return next.lacking(r.lack())
}

// settlePlace ends the row under which a message was kept while its id could not be read. The job goes on under its id.
func (w *Worker) settlePlace(ctx context.Context, r *reading) {
	if r.wrapper == "" || r.record.ID == r.wrapper || r.record.ID == r.place() {
		return
	}

	record := store.Job{ID: r.place(), Program: r.record.Program, Operation: string(r.job.Operation)}
	record.MessageDigest, record.OtherDigests = w.invalidDigests(r.body)

	claim, err := w.ledger.End(ctx, store.EndRequest{Job: record, Status: store.StatusCanceled, Failure: store.Failure{
		Source: sourceWorker, Reason: reasonReadAgain, Message: "the message could be read; it goes on as job " + r.record.ID,
	}})
	if err == nil && claim.Decision == store.Ended {
		err = w.announce(ctx, r, claim.Outcome)
	}

	if err != nil { // the job itself is settled; the row stays pending, which shows
		w.config.Logger.Error("the row of a message that could be read now was not ended", "row", r.place(), "error", err)
	}
}
