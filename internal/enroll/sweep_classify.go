package enroll

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// classified is what the queue says of jobs that are overdue; nothing for those that may wait in it.
type classified struct {
	stuck []overdueSchedule
	gone  []store.Overdue
	added int // for the first time
}

// overdueSchedule is a job whose schedule is past its time.
type overdueSchedule struct {
	job      store.Overdue
	schedule *jetstream.RawStreamMsg
}

// classify looks for the jobs' messages.
func (s *Sweeper) classify(ctx context.Context, page []store.Overdue) (j classified, err error) {
	if len(page) == 0 {
		return j, nil
	}

	queue, err := s.queue.snapshot(ctx)
	if err != nil {
		return j, err
	}

	var candidates []store.Overdue

	for _, job := range page {
		if !jobs.ValidProgram(job.Program) || !jobs.ValidID(job.JobID) {
			continue // written by hand: no message ever had it, and there is no subject to ask for
		}

		lanes, err := queue.lanes(ctx, job.Program)
		if err != nil {
			return j, err
		}

		known := s.stillCandidate(job, queue.last)
		if known && !lanes.passedBy(job, s.candidates[job.JobID].bound) || !known && lanes.mayHold(job) {
			continue
		}

		// Of a candidate too: somebody may have put one there by hand.
		schedule, err := queue.schedule(ctx, job)

		switch {
		case err != nil:
			return j, err
		case schedule != nil && job.Status == store.StatusSubmitted:
			// It is asked for: whether it has had its time is decided there.
		case schedule != nil:
			j.stuck = append(j.stuck, overdueSchedule{job, schedule})
		case known:
			j.gone = append(j.gone, job)
		default:
			candidates = append(candidates, job)
		}
	}

	j.added, err = s.addCandidates(ctx, candidates)

	return j, err
}

// stillCandidate reports whether the job is a candidate and its row has not changed since. It is none any more when
// a stream begins anew, so that the bound means nothing.
func (s *Sweeper) stillCandidate(job store.Overdue, last positions) bool {
	candidate, known := s.candidates[job.JobID]
	if !known || candidate.job != job || last.jobs < candidate.bound.jobs || last.retry < candidate.bound.retry {
		return false
	}

	candidate.round = s.round
	s.candidates[job.JobID] = candidate

	return true
}

// addCandidates notes jobs that have no schedule. The bound is read now, after it was looked for.
func (s *Sweeper) addCandidates(ctx context.Context, found []store.Overdue) (int, error) {
	if found = found[:min(len(found), max(maxCandidates-len(s.candidates), 0))]; len(found) == 0 {
		return 0, nil
	}

	queue, err := s.queue.snapshot(ctx)
	if err != nil {
		return 0, err
	}

	for _, job := range found {
		// Not of this round yet: the page is looked at once more.
		s.candidates[job.JobID] = candidate{job: job, bound: queue.last, round: s.round - 1}
	}

	return len(found), nil
}
