package enroll

import (
	"context"
	"fmt"
	"maps"

	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/store"
)

// endsAtOnce is how many jobs are given up side by side, so that they are committed together.
const endsAtOnce = 32

// reschedule has the retries that stood past their time fire now.
func (s *Sweeper) reschedule(ctx context.Context, all []overdueSchedule) (int, error) {
	rescheduled := 0

	for _, stuck := range all {
		again, err := s.queue.rescheduleNow(ctx, stuck)
		if err != nil {
			return rescheduled, err
		}

		if again {
			s.o.Logger.Warn("a retry stood past its time and is scheduled again for now",
				"job", stuck.job.JobID, "due", stuck.job.DueAt, "schedule", stuck.schedule.Header.Get(scheduleHeader))

			rescheduled++
		}
	}

	return rescheduled, nil
}

// endLost ends the jobs whose message is gone, and tells the world. A job of whose end nobody could be told stays a
// candidate: the end of the round tells.
func (s *Sweeper) endLost(ctx context.Context, gone []store.Overdue) (int, error) {
	rulings := make([]store.ActEffect, len(gone))
	told := make([]bool, len(gone))

	group, each := errgroup.WithContext(ctx)
	group.SetLimit(endsAtOnce)

	for i, job := range gone {
		group.Go(guard.Func(func() error {
			ruled, err := s.ledger.MarkLost(each, job)
			if err != nil {
				return err
			}

			if rulings[i] = ruled.Effect; ruled.Effect == store.Refused {
				return nil // something happens to it, after all
			}

			if ruled.Effect == store.Applied {
				s.o.Ended(ruled.Outcome.Status)
				s.o.Logger.Error("the queue has lost a job's message, and the job is given up", "job", job.JobID, "was", job.Status,
					"due", job.DueAt, "status", ruled.Outcome.Status, "what_to_do", ruled.Outcome.Failure.Message)
			}

			err = s.announce(each, ruled.Outcome)
			told[i] = err == nil

			return err
		}))
	}

	err := group.Wait()
	lost := 0

	for i, job := range gone {
		if rulings[i] == store.Applied {
			lost++
		}

		if told[i] {
			delete(s.candidates, job.JobID)
		}
	}

	return lost, err
}

// announce tells of a job that was given up. One in doubt is announced when it is settled, like any other.
func (s *Sweeper) announce(ctx context.Context, outcome store.Outcome) error {
	// A sweep that is told to stop still tells of the end that it has committed.
	if err := announce.Outcome(context.WithoutCancel(ctx), s.queue.js, outcome, nil, oneTry); err != nil {
		return fmt.Errorf("announcing that job %s is %s: %w", outcome.JobID, outcome.Status, err)
	}

	return nil
}

// endRound forgets the candidates that do not stand as they did. One that was
// given up is announced, be it again: the sweeper that gave it up, this one or
// another, may have stopped before it did, and the job has no message that would
// come again.
func (s *Sweeper) endRound(ctx context.Context) error {
	for id, candidate := range maps.Clone(s.candidates) {
		if candidate.round == s.round {
			continue
		}

		outcome, found, err := s.ledger.Outcome(ctx, id)
		if err != nil {
			return err
		}

		if found && outcome.Failure.Reason == store.ReasonMessageLost {
			if err := s.announce(ctx, outcome); err != nil {
				return err
			}
		}

		delete(s.candidates, id)
	}

	s.after = store.Overdue{}
	s.round++

	return nil
}
