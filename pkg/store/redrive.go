package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// RedriveRequest asks for a job that was given up to be tried again.
type RedriveRequest struct {
	JobID string

	// From are the statuses that the job may be at: any of dead, invalid, in_doubt,
	// rejected and expired. Empty stands for the first three.
	From []Status

	// DryRun has the answer given and nothing changed.
	DryRun bool
}

// Redrive makes a job that was given up pending again: due at once, with no
// attempt charged and a new age, and Outcome.Redriven one higher. Its attempts
// stay, and their numbers go on, so that a worker that comes back late is fenced
// off as ever. Then the job's message is to be published again.
//
// A job that was redriven and that no worker has begun since is answered with
// Repeated: the publication that should have followed may have failed, and
// publishing again does no harm. The error wraps ErrNoJob when the job has no row.
func (s *Store) Redrive(ctx context.Context, r RedriveRequest) (ActResult, error) {
	for _, status := range r.From {
		if !status.redrivable() {
			return ActResult{}, fmt.Errorf("redriving job %s: %w: a job that is %q is not tried again", r.JobID, ErrRequest, status)
		}
	}

	if len(r.From) == 0 {
		r.From = []Status{StatusDead, StatusInvalid, StatusInDoubt}
	}

	decide := func(row existingRow, now time.Time) (ActEffect, transition) {
		return decideRedrive(row.record, r.From, now)
	}

	ruled, err := s.act(ctx, act{jobID: r.JobID, dryRun: r.DryRun, decide: decide})
	if err != nil {
		return ActResult{}, fmt.Errorf("redriving job %s: %w", r.JobID, err)
	}

	return ruled, nil
}

// redrivable reports whether a job at the status had no effect that trying it again would double, as far as anybody knows.
func (s Status) redrivable() bool {
	switch s {
	case StatusDead, StatusInvalid, StatusInDoubt, StatusRejected, StatusExpired:
		return true
	default:
		return false
	}
}

// decideRedrive says what Redrive does with a row.
func decideRedrive(r record, from []Status, now time.Time) (ActEffect, transition) {
	t := transition{after: r}

	switch {
	case r.Status == StatusPending && r.redrivenAt.After(r.attemptStartedAt):
		t.changed = true // only updated_at: what is published after it must not be missed by who looks for the job's message
		return Repeated, t
	case !slices.Contains(from, r.Status):
		return Refused, t
	}

	t.changed = true
	t.after.rest(StatusPending)
	t.after.charged = 0
	t.after.Redriven++
	t.after.redrivenAt = now

	return Applied, t
}
