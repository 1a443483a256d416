// Package redrive brings jobs that were given up back to work: it takes their
// sealed messages from the dead letters, has the store make the rows pending, and
// publishes the messages again.
//
// The row is committed before the message is published. Whatever is lost in
// between, the same command again finds a row that was redriven and not begun,
// and publishes; a message that comes twice is begun once.
package redrive

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where jobs stand (store.Store).
type Ledger interface {
	Redrive(ctx context.Context, r store.RedriveRequest) (store.ActResult, error)
	Resolve(ctx context.Context, r store.ResolveRequest) (store.ActResult, error)
	Outcome(ctx context.Context, jobID string) (store.Outcome, bool, error)
	Canceled(ctx context.Context, batchID string) (store.Cancellation, error)
}

// Options of Run.
type Options struct {
	Filter

	// Rate is how many jobs a second at most; zero means no limit.
	Rate float64
	// DryRun counts and changes nothing.
	DryRun bool
	// TracerProvider, when set, makes spans of what is published.
	TracerProvider trace.TracerProvider
	// OnProgress, when set, is told how many of the selected jobs are done; by one goroutine at a time.
	OnProgress func(done, total int)
}

const (
	// concurrency is how many jobs are on their way at once, so that the store can commit them together.
	concurrency = 128
	// flushTimeout is for how long after an interruption jobs on their way may come to their end.
	flushTimeout = 10 * time.Second
)

// Run redrives the jobs whose newest dead letter passes the filter. An ended
// context or an error ends the run early; the account then says what was done and
// what is left, and the same run again goes on.
func Run(ctx context.Context, js jetstream.JetStream, ledger Ledger, o Options) (Summary, error) {
	if len(o.Statuses) == 0 {
		o.Statuses = []store.Status{store.StatusDead, store.StatusInvalid}
	}

	if o.JobID != "" && o.Program == "" {
		row, found, err := ledger.Outcome(ctx, o.JobID)
		if err != nil {
			return Summary{}, err
		}

		if found {
			o.Program = row.Program // its letter is under it
		}
	}

	letters, err := read(ctx, js, o.Filter)
	account := newTotals(letters, o.DryRun)

	if err != nil {
		return account.total(), err
	}

	s := sender{
		letters: &letters, queue: js, tracer: spans.Tracer(o.TracerProvider), dryRun: o.DryRun, canceled: cached(ledger.Canceled),
		release: func(ctx context.Context, id string) (store.ActResult, error) {
			return ledger.Redrive(ctx, store.RedriveRequest{JobID: id, From: o.Statuses, DryRun: o.DryRun})
		},
	}

	run := pace.Run{Limiter: pace.Limiter(o.Rate, 1), AtOnce: concurrency, Grace: flushTimeout}
	err = pace.Each(ctx, run, letters.selected, func(ctx context.Context, e entry) error {
		sent, err := s.send(ctx, e)
		if err != nil {
			return err
		}

		account.add(e, sent, o.OnProgress)

		return nil
	})

	return account.total(), err
}
