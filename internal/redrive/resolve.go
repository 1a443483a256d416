package redrive

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/store"
)

// Resolve carries an operator's decision on a job in doubt out: the row is
// settled and the outcome announced, or the job redriven. It returns the row as
// it stands then. What an interrupted call left undone, the same call again does.
func Resolve(ctx context.Context, js jetstream.JetStream, ledger Ledger, r store.ResolveRequest) (store.Outcome, error) {
	if r.As == store.ResolveResend {
		return resend(ctx, js, ledger, r)
	}

	result, err := ledger.Resolve(ctx, r)
	if err != nil {
		return store.Outcome{}, err
	}

	if result.Effect == store.Refused {
		return result.Outcome, notInDoubt(result.Outcome)
	}

	ctx, cancel := guard.Grace(ctx, flushTimeout)
	defer cancel()

	if err := announce.Outcome(ctx, js, result.Outcome, nil, persist.Options{}); err != nil {
		return result.Outcome, fmt.Errorf("job %s is settled and its outcome not announced: %w", r.JobID, err)
	}

	return result.Outcome, nil
}

// ErrRefused is wrapped by the errors that say that a decision does not apply to a job as it stands: nothing was changed.
var ErrRefused = errors.New("the decision does not apply")

// refused is such an error, in its own words.
type refused struct{ text string }

func (r refused) Error() string        { return r.text }
func (r refused) Is(target error) bool { return target == ErrRefused }

func notInDoubt(outcome store.Outcome) error {
	return refused{fmt.Sprintf("job %s is not in doubt, it is %s", outcome.JobID, outcome.Status)}
}

// resend finds the one letter of the job and sends it.
func resend(ctx context.Context, js jetstream.JetStream, ledger Ledger, r store.ResolveRequest) (store.Outcome, error) {
	before, found, err := ledger.Outcome(ctx, r.JobID)
	if err != nil {
		return store.Outcome{}, err
	}

	if !found {
		return store.Outcome{}, fmt.Errorf("resolving job %s: %w", r.JobID, store.ErrNoJob)
	}

	letters, err := read(ctx, js, Filter{
		JobID: r.JobID, Program: before.Program, Statuses: []store.Status{store.StatusInDoubt},
	})
	if err != nil {
		return before, err
	}

	var after store.ActResult

	release := func(ctx context.Context, _ string) (store.ActResult, error) {
		var err error
		after, err = ledger.Resolve(ctx, r)

		return after, err
	}
	s := sender{letters: &letters, queue: js, canceled: ledger.Canceled, release: release}

	if len(letters.selected) == 0 {
		return before, noLetter(before)
	}

	ctx, cancel := guard.Grace(ctx, flushTimeout)
	defer cancel()

	sent, err := s.send(ctx, letters.selected[0])

	switch {
	case err != nil:
		return before, err
	case sent.effect == store.Refused:
		return after.Outcome, notInDoubt(after.Outcome)
	case sent.skipped == SkippedCanceled:
		return before, refused{fmt.Sprintf("the batch %s of job %s is canceled, so it would not be sent: settle it, then publish anew",
			before.BatchID, before.JobID)}
	case sent.skipped != "":
		return before, noLetter(before)
	default:
		return after.Outcome, nil
	}
}

func noLetter(outcome store.Outcome) error {
	if outcome.Status != store.StatusInDoubt {
		return notInDoubt(outcome)
	}

	return refused{fmt.Sprintf("there is no dead letter of job %s, so it cannot be sent: find out whether the card is enrolled, "+
		"settle it as enrolled or not-enrolled, and to have it tried after that publish it under another id", outcome.JobID)}
}
