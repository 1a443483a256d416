package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const ratePrefix = "rate."

const (
	// loansASecond is into how many blocks the calls of a second are cut: few enough that
	// asking for them costs next to nothing, enough that many workers get their turn.
	loansASecond = 8
	// lendTries is how often one loan is tried when other workers come in between.
	lendTries = 5
	// farAhead is how far a program can be booked ahead; a record beyond it was made by a clock that was wrong.
	farAhead = 5 * time.Second
)

// Rate is a program's agreed number of calls a second, kept by all workers together: what has
// been lent is booked under one key of the bucket, in blocks. It is a virtual schedule (GCRA):
// the record says when the next call may be made if all that was lent is made at even intervals.
type Rate struct {
	bucket  *Bucket
	clock   *Clock
	program string
	rate    float64
	block   int
	logger  *slog.Logger
	failing atomic.Bool
}

// booking is the value under the key.
type booking struct {
	// Next is when the next call may be made, by the server's clock.
	Next time.Time `json:"next"`
}

// Rate returns the lender of a program's calls, for a worker that makes so many at once at most: a block is
// no more than that, as what is not called soon is let go.
func (b *Bucket) Rate(program string, rate float64, most int, clock *Clock, logger *slog.Logger) *Rate {
	return &Rate{
		bucket: b, clock: clock, program: program, rate: rate, logger: logger,
		block: max(min(int(rate/loansASecond), most), 1),
	}
}

// Lend books a block of calls, or says when there will be one.
func (r *Rate) Lend(ctx context.Context) (pace.Loan, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	loan, err := r.lend(ctx)

	switch failed := err != nil && !errors.Is(err, context.Canceled); {
	case failed && !r.failing.Swap(true):
		r.logger.Warn("the calls that a program may make cannot be shared out; none is made meanwhile",
			"program", r.program, "error", err)
	case err == nil && r.failing.Swap(false):
		r.logger.Info("the calls that a program may make are shared out again", "program", r.program)
	}

	return loan, err
}

func (r *Rate) lend(ctx context.Context) (pace.Loan, error) {
	kv, err := r.bucket.open(ctx)
	if err != nil {
		return pace.Loan{}, err
	}

	for range lendTries {
		next, revision, err := r.read(ctx, kv)
		if err != nil {
			return pace.Loan{}, err
		}

		now := r.clock.Now()
		if next.After(now.Add(farAhead)) {
			next = now
		}

		if wait := next.Sub(now); wait > 0 {
			return pace.Loan{Wait: wait}, nil
		}

		taken, err := r.book(ctx, kv, later(next, now.Add(-r.span())), revision)
		if err != nil {
			return pace.Loan{}, err
		}

		if taken {
			return pace.Loan{Calls: r.block, Good: time.Second}, nil
		}
	}

	return pace.Loan{Wait: r.span()}, nil // others were faster each time
}

// span is the time that one block stands for.
func (r *Rate) span() time.Duration {
	return time.Duration(float64(r.block) / r.rate * float64(time.Second))
}

func (r *Rate) read(ctx context.Context, kv jetstream.KeyValue) (next time.Time, revision uint64, err error) {
	entry, err := kv.Get(ctx, ratePrefix+r.program)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return time.Time{}, 0, nil
	}

	if err != nil {
		return time.Time{}, 0, fmt.Errorf("reading what %s may call: %w", r.program, err)
	}

	var b booking
	if json.Unmarshal(entry.Value(), &b) != nil {
		b = booking{} // not ours: what is written next replaces it
	}

	return b.Next, entry.Revision(), nil
}

// book writes the booking of one block from a time on, unless somebody has written since it was read.
func (r *Rate) book(ctx context.Context, kv jetstream.KeyValue, from time.Time, revision uint64) (bool, error) {
	value, err := json.Marshal(booking{Next: from.Add(r.span())})
	if err != nil {
		return false, fmt.Errorf("encoding a booking: %w", err)
	}

	if revision == 0 { // there is none, or the mark of one that an operator has deleted
		_, err = kv.Create(ctx, ratePrefix+r.program, value)
	} else {
		_, err = kv.Update(ctx, ratePrefix+r.program, value, revision)
	}

	if outrun(err) {
		return false, nil
	}

	if err != nil {
		return false, fmt.Errorf("booking calls of %s in bucket %s: %w", r.program, jobs.BucketControl, err)
	}

	return true, nil
}

// outrun reports whether somebody has written since. The server has two codes for it, one for buckets with replicas.
func outrun(err error) bool {
	refused, ok := errors.AsType[*jetstream.APIError](err)

	return ok && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}
