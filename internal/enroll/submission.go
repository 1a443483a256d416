package enroll

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// submission is a batch that the API has just taken. Its jobs are committed each by itself. Then one message asks for the
// results of all: whoever comes last publishes it, and no job's own message is acknowledged before.
type submission struct {
	program     Program
	apiBatch    string
	flowID      string
	alone       bool // it is of one job
	submittedAt time.Time
	trace       trace.SpanContext // of the call

	mu        sync.Mutex
	undecided int // members that have not said what became of their rows
	jobs      []jobs.SubmittedJob
	published chan struct{} // closed when err is that of publishing
	err       error
}

func newSubmission(program Program, answer mastercard.BatchAnswer, at time.Time, members int) *submission {
	return &submission{
		program: program, apiBatch: answer.BatchID, flowID: answer.FlowID, submittedAt: at,
		alone: members == 1, undecided: members, published: make(chan struct{}),
	}
}

// waitingOf is the attempt that a row says waits for a batch.
func waitingOf(claim store.Claim, row store.Outcome) waiting {
	return waiting{
		apiBatch: row.APIBatchID, attempt: claim.Attempt, charged: claim.Charged, startedAt: claim.StartedAt,
	}
}

// publishWaiting has the result of a submitted job asked for. One that was just submitted shares the message of its batch.
// One whose message comes again, since its worker stopped before it was acknowledged, gets a message of its own, unless that
// of its batch is there: two of them do no harm.
func (w *Worker) publishWaiting(ctx context.Context, r *reading, on waiting) error {
	job, err := submittedJob(r, on)
	if err != nil {
		return err
	}

	if r.submission != nil {
		return w.committed(ctx, r, job)
	}

	poll := jobs.Poll{
		Program: r.program.Name, APIBatch: on.apiBatch, SubmittedAt: on.startedAt, Jobs: []jobs.SubmittedJob{job},
	}

	asked, err := w.asksFor(ctx, jobs.PollSubject(poll.Program, poll.APIBatch, wholeBatch), job)
	if err != nil || asked {
		return err
	}

	poll.Part = "job-" + r.record.ID

	return w.schedulePoll(ctx, poll, time.Duration(r.program.BatchPoll))
}

// submittedJob is the job as a poll keeps it: its message as it came, and its number for the seal of all numbers, so that
// seals are all that is kept of the card.
func submittedJob(r *reading, on waiting) (jobs.SubmittedJob, error) {
	body, err := r.job.Body()
	if err != nil {
		return jobs.SubmittedJob{}, err
	}

	return jobs.SubmittedJob{
		Attempt: on.attempt, Charged: on.charged, StartedAt: on.startedAt, Traceparent: r.traceparent, Message: body,
		Number: r.payload.Card.PrimaryAccountNumber,
	}, nil
}

// committed says that the row of a member names the batch, and waits until the message of all is published.
func (w *Worker) committed(ctx context.Context, r *reading, job jobs.SubmittedJob) error {
	s := r.submission
	r.submission = nil

	s.mu.Lock()
	s.jobs = append(s.jobs, job)
	s.mu.Unlock()

	w.decided(ctx, s)
	<-s.published

	return s.err
}

// leaveSubmission is called when a member is done. One whose row does not name the batch is not waited for.
func (w *Worker) leaveSubmission(ctx context.Context, r *reading) {
	if s := r.submission; s != nil {
		r.submission = nil
		w.decided(ctx, s)
	}
}

// decided counts a member that has said what became of its row. The last one publishes.
func (w *Worker) decided(ctx context.Context, s *submission) {
	s.mu.Lock()
	s.undecided--
	last := s.undecided == 0
	s.mu.Unlock()

	if !last {
		return
	}

	defer close(s.published)

	s.err = errNotPublished // should publishing panic

	if len(s.jobs) == 0 {
		return
	}

	s.err = w.schedulePoll(trace.ContextWithSpanContext(ctx, s.trace), jobs.Poll{
		Program: s.program.Name, APIBatch: s.apiBatch, Part: wholeBatch, SubmittedAt: s.submittedAt, FlowID: s.flowID, Alone: s.alone,
		Jobs: s.jobs,
	}, time.Duration(s.program.BatchPoll))
}

var errNotPublished = errors.New("the message of the batch was not published")

// schedulePoll publishes the messages that ask for a batch after a wait.
func (w *Worker) schedulePoll(ctx context.Context, poll jobs.Poll, after time.Duration) error {
	const reserve = 16 << 10 // for headers

	for _, part := range poll.Split(int(w.js.Conn().MaxPayload()) - reserve) {
		message, err := w.sealNumbers(part).Encode()
		if err != nil {
			return err
		}

		message.Header.Set(scheduleHeader, "@at "+w.config.QueueNow().Add(after).UTC().Format(time.RFC3339Nano))
		message.Header.Set(targetHeader, jobs.DueSubject(part.Program))

		// Published again it replaces the one before, so that it needs no id by which the queue would know it.
		if _, err := w.persist(ctx, message, jobs.StreamRetry, rand.Text()); err != nil {
			return err
		}
	}

	return nil
}

// sealNumbers has the numbers kept with the poll, so that the seal of each job need not be opened again for its result.
func (w *Worker) sealNumbers(poll jobs.Poll) jobs.Poll {
	sealed, err := w.config.Keys().SealNumbers(poll)
	if err != nil {
		w.config.Logger.Warn("the card numbers of a batch are not kept with it; each seal is opened again", "error", err)

		return poll
	}

	return sealed
}

// wholeBatch is the part of a batch that all of its jobs are in.
const wholeBatch = "0"

// asksFor reports whether a poll is scheduled on a subject that asks for a job as well.
func (w *Worker) asksFor(ctx context.Context, subject string, job jobs.SubmittedJob) (bool, error) {
	message, err := w.lastRetry(ctx, subject)
	if err != nil || message == nil {
		return false, err
	}

	poll, err := jobs.DecodePoll(message.Data)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be read does not ask for it
	}

	return slices.ContainsFunc(poll.Jobs, func(other jobs.SubmittedJob) bool {
		return other.Attempt == job.Attempt && other.StartedAt.Equal(job.StartedAt) && bytes.Equal(other.Message, job.Message)
	}), nil
}
