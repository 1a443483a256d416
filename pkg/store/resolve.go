package store

import (
	"context"
	"fmt"
	"time"
)

// Resolution is what an operator knows, or decides, of a job in doubt.
type Resolution string

// The resolutions.
const (
	// ResolveEnrolled says that the card is in Click to Pay: a job that enrolls ends as enrolled, one that takes out or forgets as
	// rejected. Of a job that updates it says that what it asked for is done: it ends as updated.
	ResolveEnrolled Resolution = "enrolled"

	// ResolveNotEnrolled says that the card is not: a job that enrolls ends as rejected, one that takes out as unenrolled, one that
	// forgets as forgotten. A job that updates ends as rejected: it is not done.
	ResolveNotEnrolled Resolution = "not_enrolled"

	// ResolveResend has the job tried again, as Redrive does.
	ResolveResend Resolution = "resend"
)

// What an operator's decision leaves in the error columns.
const (
	sourceOperator = "operator"
	reasonResolved = "RESOLVED"
)

// ResolveRequest settles a job in doubt.
type ResolveRequest struct {
	JobID string
	As    Resolution

	// By and Note say who decided and why. They are kept in the error message, for a resend nowhere.
	By, Note string
}

// Resolve settles a job that is in doubt, and no other: it is Refused for one
// that is not. A resolution that was given before, by whomever, is Repeated as
// long as nothing has happened since, and leaves the first one's words. The
// error columns of a job that ends have the source "operator". The error wraps
// ErrNoJob when the job has no row.
func (s *Store) Resolve(ctx context.Context, r ResolveRequest) (ActResult, error) {
	if r.As == ResolveResend {
		return s.Redrive(ctx, RedriveRequest{JobID: r.JobID, From: []Status{StatusInDoubt}})
	}

	if r.As != ResolveEnrolled && r.As != ResolveNotEnrolled {
		return ActResult{}, fmt.Errorf("resolving job %s: %w: there is no resolution %q",
			r.JobID, ErrRequest, sanitizeExternal(string(r.As), maxCode))
	}

	ruled, err := s.act(ctx, act{jobID: r.JobID, decide: r.decide})
	if err != nil {
		return ActResult{}, fmt.Errorf("resolving job %s: %w", r.JobID, err)
	}

	return ruled, nil
}

// decide says what the resolution does with a row.
func (r ResolveRequest) decide(row existingRow, now time.Time) (ActEffect, transition) {
	t := transition{after: row.record}
	status := r.status(row.Operation)

	switch {
	case row.Status == status && row.Failure.Source == sourceOperator && row.Failure.Reason == reasonResolved:
		return Repeated, t
	case row.Status != StatusInDoubt:
		return Refused, t
	}

	message := r.By
	if r.Note != "" {
		message += ": " + r.Note
	}

	t.changed = true
	t.after.rest(status)
	t.after.Failure = Failure{Source: sourceOperator, Reason: reasonResolved, Message: message}.clean()
	t.after.CompletedAt = now

	return Applied, t
}

// status is what a job comes to, by what it was to do with the card.
func (r ResolveRequest) status(operation string) Status {
	wanted, done := ResolveEnrolled, StatusEnrolled

	switch operation {
	case OperationUnenroll:
		wanted, done = ResolveNotEnrolled, StatusUnenrolled
	case OperationForget:
		wanted, done = ResolveNotEnrolled, StatusForgotten
	case OperationUpdate:
		done = StatusUpdated
	}

	if r.As == wanted {
		return done
	}

	return StatusRejected
}
