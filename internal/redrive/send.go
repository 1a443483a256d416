package redrive

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// sender brings one job after another back to work.
type sender struct {
	letters *letters
	queue   persist.Queue
	tracer  trace.Tracer // nil for none
	dryRun  bool
	// canceled says whether a batch is.
	canceled func(ctx context.Context, batchID string) (store.Cancellation, error)
	// release makes the job's row pending.
	release func(ctx context.Context, jobID string) (store.ActResult, error)
}

func (s sender) send(ctx context.Context, e entry) (sent, error) {
	// Read and encoded first: a row must not become pending whose message cannot be published.
	letter, found, err := s.letters.fetch(ctx, e)
	if err != nil {
		return sent{}, err
	}

	if !found {
		return sent{skipped: SkippedNoLetter}, nil
	}

	if letter.Job.Batch != "" {
		canceled, err := s.canceled(ctx, letter.Job.Batch)
		if err != nil {
			return sent{}, err
		}

		if !canceled.At.IsZero() {
			return sent{skipped: SkippedCanceled}, nil // workers would end it as canceled
		}
	}

	body, err := letter.Job.Encode(jobs.CardLikeFields()...) // what a program allows, its workers know
	if _, broken := errors.AsType[*jobs.Problem](err); broken {
		return sent{skipped: SkippedInvalid}, nil
	}

	if err != nil {
		return sent{}, err
	}

	result, err := s.release(ctx, e.jobID)

	switch {
	case errors.Is(err, store.ErrNoJob):
		return sent{skipped: SkippedNoRow}, nil
	case err != nil:
		return sent{}, err
	case result.Effect == store.Refused:
		return sent{effect: result.Effect, skipped: string(result.Outcome.Status)}, nil
	case s.dryRun:
		return sent{effect: result.Effect}, nil
	}

	message := newMessage(jobs.Subject(letter.Job.Program), body, messageID(e.jobID, result.Outcome.Redriven))
	ctx, published := s.trace(ctx, message, letter)
	_, err = persist.Message(ctx, s.queue, jobs.StreamJobs, message, persist.Options{})

	published(err)

	if err != nil {
		return sent{}, fmt.Errorf("job %s is pending and not on the queue: %w", e.jobID, err)
	}

	return sent{effect: result.Effect}, nil
}

// messageID differs from the id under which the job was first published, which the queue may
// remember, and is the same each time that this redrive of the job is published.
func messageID(jobID string, redriven int) string {
	return fmt.Sprintf("%s/redrive/%d", jobID, redriven)
}
