package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// follower publishes what comes after enrollments, as upstream systems do: by the events. What it is told twice it knows.
type follower struct {
	press *press
	after map[string]*awaited // by the jobs whose events are waited for
}

// awaited is a life of which some jobs are not announced yet.
type awaited struct {
	announced int // of these
	of        int
	next      [][]Job
}

func newFollower(p *press, all []Job) *follower {
	f := &follower{press: p, after: map[string]*awaited{}}

	for _, job := range all {
		if len(job.After) > 0 && !job.AtOnce {
			f.after[job.ID] = &awaited{of: 1, next: job.After}
		}
	}

	return f
}

// follow reads the events until the context ends. It asks for one at a time, so that a server that is killed costs it nothing.
func (f *follower) follow(ctx context.Context, h *harness) error {
	const again = 100 * time.Millisecond

	for sequence := uint64(1); ctx.Err() == nil; {
		event, err := h.event(ctx, sequence)
		if err != nil {
			wait(ctx, again) // it is not there yet, or the cluster elects a leader

			continue
		}

		sequence++

		if err := f.told(ctx, event.ID); err != nil {
			return err
		}
	}

	return nil
}

func (h *harness) event(ctx context.Context, sequence uint64) (jobs.Outcome, error) {
	const patience = 5 * time.Second

	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	stream, err := h.js.Stream(ctx, jobs.StreamOutcomes)
	if err != nil {
		return jobs.Outcome{}, err
	}

	msg, err := stream.GetMsg(ctx, sequence)
	if err != nil {
		return jobs.Outcome{}, err
	}

	var outcome jobs.Outcome

	return outcome, json.Unmarshal(msg.Data, &outcome)
}

// told takes the event of a job. How it ended is the checker's to judge.
func (f *follower) told(ctx context.Context, id string) error {
	life := f.after[id]
	if life == nil {
		return nil
	}

	delete(f.after, id)

	if life.announced++; life.announced < life.of || len(life.next) == 0 {
		return nil
	}

	stage := life.next[0]
	life.announced, life.of, life.next = 0, len(stage), life.next[1:]

	for _, job := range stage {
		f.after[job.ID] = life

		if err := f.press.offer(ctx, job); err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the run is over, and the checker misses the job
			}

			return fmt.Errorf("offering what comes after: %w", err)
		}
	}

	return nil
}
