package enroll

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// judged is what the queue says of jobs that are overdue; nothing for those that may wait in it.
type judged struct {
	stuck     []stuck
	gone      []store.Overdue
	suspected int // for the first time
}

// stuck is a job whose schedule is past its time.
type stuck struct {
	job      store.Overdue
	schedule *jetstream.RawStreamMsg
}

// judge looks for the jobs' messages.
func (s *Sweeper) judge(ctx context.Context, page []store.Overdue) (j judged, err error) {
	if len(page) == 0 {
		return j, nil
	}

	queue, err := s.queue.look(ctx)
	if err != nil {
		return j, err
	}

	var suspects []store.Overdue

	for _, job := range page {
		if !jobs.ValidProgram(job.Program) || !jobs.ValidID(job.JobID) {
			continue // written by hand: no message ever had it, and there is no subject to ask for
		}

		lanes, err := queue.lanes(ctx, job.Program)
		if err != nil {
			return j, err
		}

		known := s.known(job, queue.last)
		if known && !lanes.passed(s.suspects[job.JobID].bound) || !known && lanes.mayHold(job) {
			continue
		}

		// Of a suspect too: somebody may have put one there by hand.
		schedule, err := queue.schedule(ctx, job)

		switch {
		case err != nil:
			return j, err
		case schedule != nil:
			j.stuck = append(j.stuck, stuck{job, schedule})
		case known:
			j.gone = append(j.gone, job)
		default:
			suspects = append(suspects, job)
		}
	}

	j.suspected, err = s.suspect(ctx, suspects)

	return j, err
}

// known reports whether the job is a suspect and its row has not changed since. It is none any more when
// a stream begins anew, so that the bound means nothing.
func (s *Sweeper) known(job store.Overdue, last positions) bool {
	suspect, known := s.suspects[job.JobID]
	if !known || suspect.job != job || last.jobs < suspect.bound.jobs || last.retry < suspect.bound.retry {
		return false
	}

	suspect.round = s.round
	s.suspects[job.JobID] = suspect

	return true
}

// suspect notes jobs that have no schedule. The bound is read now, after it was looked for.
func (s *Sweeper) suspect(ctx context.Context, found []store.Overdue) (int, error) {
	if found = found[:min(len(found), max(mostSuspects-len(s.suspects), 0))]; len(found) == 0 {
		return 0, nil
	}

	queue, err := s.queue.look(ctx)
	if err != nil {
		return 0, err
	}

	for _, job := range found {
		// Not of this round yet: the page is looked at once more.
		s.suspects[job.JobID] = suspect{job: job, bound: queue.last, round: s.round - 1}
	}

	return len(found), nil
}
