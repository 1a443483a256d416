package enroll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

const (
	// lookTimeout bounds one question of a sweep to the queue.
	lookTimeout = 5 * time.Second
	// sweepMargin is for clocks that differ, where only work is saved by what a time says.
	sweepMargin = time.Minute

	// longAgo has a schedule fire at once, whatever the queue's clock says.
	longAgo = "2000-01-01T00:00:00Z"

	scheduleHeader = jobs.HeaderSchedule
	targetHeader   = "Nats-Schedule-Target"
)

// sweepQueue is the queue as a sweep sees it.
type sweepQueue struct {
	js jetstream.JetStream
}

// positions are sequences in the two streams that hold jobs.
type positions struct{ jobs, retry uint64 }

// queueSnapshot is what one sweep has seen.
type queueSnapshot struct {
	jobs, retry jetstream.Stream
	last        positions
	programs    map[string]lanesSeen
}

// lanesSeen are the oldest messages of a program's lanes, nil for an empty one.
type lanesSeen struct{ fresh, due *jetstream.RawStreamMsg }

// snapshot opens the streams and reads how far they go.
func (q sweepQueue) snapshot(ctx context.Context) (*queueSnapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookTimeout)
	defer cancel()

	fresh, err := q.js.Stream(ctx, jobs.StreamJobs)
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", jobs.StreamJobs, err)
	}

	retry, err := q.js.Stream(ctx, jobs.StreamRetry)
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", jobs.StreamRetry, err)
	}

	return &queueSnapshot{
		jobs: fresh, retry: retry, programs: make(map[string]lanesSeen),
		last: positions{jobs: fresh.CachedInfo().State.LastSeq, retry: retry.CachedInfo().State.LastSeq},
	}, nil
}

// lanes looks at the lanes of a program, once for all its jobs.
func (s *queueSnapshot) lanes(ctx context.Context, program string) (lanesSeen, error) {
	if seen, ok := s.programs[program]; ok {
		return seen, nil
	}

	var (
		seen lanesSeen
		err  error
	)

	if seen.fresh, err = oldest(ctx, s.jobs, jobs.Subject(program)); err != nil {
		return seen, err
	}

	if seen.due, err = oldest(ctx, s.retry, jobs.DueSubject(program)); err != nil {
		return seen, err
	}

	s.programs[program] = seen

	return seen, nil
}

func oldest(ctx context.Context, stream jetstream.Stream, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()

	msg, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(subject))

	return jobs.FoundOn(subject, msg, err)
}

// schedule is the one that stands on the job's retry subject, or asks for its batch; nil for none. A message that waits there for
// its key counts as one.
func (s *queueSnapshot) schedule(ctx context.Context, job store.Overdue) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()

	subject := jobs.RetrySubject(job.Program, job.JobID)
	if job.Status == store.StatusSubmitted {
		subject = jobs.PollSubjects(job.Program, job.APIBatchID)
	}

	msg, err := s.retry.GetLastMsgForSubject(ctx, subject)

	return jobs.FoundOn(subject, msg, err)
}

// passed reports whether nothing in the lanes is as old as the bound.
func (l lanesSeen) passed(bound positions) bool {
	return (l.fresh == nil || l.fresh.Sequence > bound.jobs) && (l.due == nil || l.due.Sequence > bound.retry)
}

// passedBy reports whether the message of a job is in no lane, given a bound that it was not above. One that asks for a batch is
// published anew each time, above any bound: only an empty lane says that it is not there.
func (l lanesSeen) passedBy(job store.Overdue, bound positions) bool {
	return l.passed(bound) && (job.Status != store.StatusSubmitted || l.due == nil)
}

// mayHold reports whether a lane has a message that is old enough to be the job's, as far as clocks tell: one that
// was there when the row last changed, or came out when the retry was due.
func (l lanesSeen) mayHold(job store.Overdue) bool {
	since := job.UpdatedAt
	if job.DueAt.After(since) {
		since = job.DueAt
	}

	since = since.Add(sweepMargin)

	return l.fresh != nil && l.fresh.Time.Before(since) || l.due != nil && l.due.Time.Before(since)
}

// rescheduleNow replaces a schedule by one of the same message for now. It reports false when the schedule itself or
// another sweeper was faster: only this one is replaced, so that no message is put where none was.
func (q sweepQueue) rescheduleNow(ctx context.Context, s overdueSchedule) (bool, error) {
	if !scheduledMessage(s.schedule) {
		return q.remindNow(ctx, s)
	}

	message := nats.NewMsg(s.schedule.Subject)
	message.Data = s.schedule.Data
	message.Header.Set(scheduleHeader, "@at "+longAgo)
	message.Header.Set(targetHeader, jobs.DueSubject(s.job.Program))

	if traceparent := s.schedule.Header.Get(traceparentHeader); traceparent != "" {
		message.Header.Set(traceparentHeader, traceparent)
	}

	message.Header.Set(nats.MsgIdHdr, fmt.Sprintf("%s/%d/again/%d", s.job.JobID, s.job.Attempts, s.schedule.Sequence))

	duplicate, err := persist.Message(ctx, q.js, jobs.StreamRetry, message, oneTry,
		jetstream.WithExpectLastSequencePerSubject(s.schedule.Sequence))

	switch {
	case isWrongLastSequence(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("scheduling job %s again: %w", s.job.JobID, err)
	default:
		return !duplicate, nil
	}
}

// remindNow publishes the reminder of a message that waits for its key. A second one does no harm.
func (q sweepQueue) remindNow(ctx context.Context, s overdueSchedule) (bool, error) {
	message, err := jobs.Reminder{Program: s.job.Program, ID: s.job.JobID}.Encode()
	if err != nil {
		return false, err
	}

	message.Header.Set(scheduleHeader, "@at "+longAgo)
	message.Header.Set(targetHeader, jobs.DueSubject(s.job.Program))
	message.Header.Set(nats.MsgIdHdr, fmt.Sprintf("%s/%d/again/%d/%d",
		s.job.JobID, s.job.Attempts, s.schedule.Sequence, s.job.DueAt.UnixMicro()))

	duplicate, err := persist.Message(ctx, q.js, jobs.StreamRetry, message, oneTry)
	if err != nil {
		return false, fmt.Errorf("reminding of job %s: %w", s.job.JobID, err)
	}

	return !duplicate, nil
}

// isWrongLastSequence reports whether the message that was to be replaced is not the last of its subject any more. The
// server has two codes for it, one for streams with replicas.
func isWrongLastSequence(err error) bool {
	refused, ok := errors.AsType[*jetstream.APIError](err)

	return ok && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
