package enroll

import (
	"context"
	"slices"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// claim asks Postgres for the job, which is ours to call for when its decision is Begun. A claim is not cut off half-way: it
// could be committed all the same, and hold the job back until its lease ends.
func (w *Worker) claim(ctx context.Context, r *reading) (store.Claim, error) {
	claim, err := w.ledger.Begin(context.WithoutCancel(ctx), store.BeginRequest{
		Job:         r.record,
		Worker:      w.config.Name,
		TraceID:     r.traceID,
		Lease:       w.config.Lease,
		MaxAttempts: r.program.MaxAttempts,
		HoldUnknown: r.program.OnUnknown == Hold && !r.onlyPushes(),
		Ordered:     slices.Contains(r.program.Operations, jobs.Forget),
	})
	if err != nil {
		return claim, err
	}

	if claim.Decision != store.KeyMissing {
		w.faults.opened(r.program.Name)
	}

	if claim.Decision == store.Begun {
		r.hold(w.leases, claim)
	}

	return claim, nil
}

// expired goes by Postgres' clock, as everything does that decides about a job, and has Postgres asked for it before a job ends:
// what this worker knows of that clock may be from before it was set. When it cannot be asked the job goes on, to where
// Postgres is needed.
func (w *Worker) expired(ctx context.Context, r *reading) bool {
	last := r.notAfter()
	passed := func() bool { return !last.IsZero() && !w.ledger.Now().Before(last) }

	return passed() && w.ledger.ReadClock(ctx) == nil && passed()
}
