package control

import (
	"cmp"
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

const (
	ratePrefix = "rate."
	// rateTries is how often one booking is tried when other workers come in between.
	rateTries = 5
)

// RateOptions say how many calls of a program may be made. Workers of one program should have the same.
type RateOptions struct {
	Program string
	// Share names what is kept together with others of the same name; empty for the program by itself.
	Share string
	// PerSecond is how many calls any second may hold, wherever it starts; of a fraction the whole calls.
	PerSecond float64
	// Burst is how many of them may go at once, default a tenth.
	Burst int
	// InFlight is how many this worker makes at once at most; zero for no limit.
	InFlight int
	Clock    *Clock
	Logger   *slog.Logger
}

// Rate is a program's agreed number of calls a second, kept by all workers together. It is a virtual schedule: calls go
// at set times, and which of them have been granted is booked under one key of the bucket.
type Rate struct {
	RateOptions

	bucket   *Bucket
	schedule schedule
	kv       atomic.Pointer[jetstream.KeyValue]
	writing  atomic.Int64 // how long it takes to write a booking, in nanoseconds
	failing  atomic.Bool
}

// Rate returns the allocator of a program's calls.
func (b *Bucket) Rate(o RateOptions) *Rate {
	const tenth = 10

	burst := o.Burst
	if burst <= 0 {
		burst = max(int(o.PerSecond/tenth), 1)
	}

	if o.InFlight > 0 {
		burst = min(burst, o.InFlight) // of a larger burst this worker could never use the rest
	}

	return &Rate{RateOptions: o, bucket: b, schedule: newSchedule(o.PerSecond, burst)}
}

// key is where the bookings of all that share the rate stand. A program's name has no dot, a share's has one.
func (r *Rate) key() string { return ratePrefix + cmp.Or(r.Share, r.Program) }

// Allocate books calls, or says when there will be some.
func (r *Rate) Allocate(ctx context.Context, want int, delay time.Duration) (pace.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	grant, err := r.allocate(ctx, want, delay)

	switch failed := err != nil && !errors.Is(err, context.Canceled); {
	case failed && !r.failing.Swap(true):
		r.Logger.Warn("the calls that a program may make cannot be shared out; none is made meanwhile",
			"program", r.Program, "error", err)
	case err == nil && r.failing.Swap(false):
		r.Logger.Info("the calls that a program may make are shared out again", "program", r.Program)
	}

	return grant, err
}

func (r *Rate) allocate(ctx context.Context, want int, delay time.Duration) (pace.Grant, error) {
	kv, err := r.open(ctx)
	if err != nil {
		return pace.Grant{}, err
	}

	grant, err := r.bookIn(ctx, kv, want, delay)
	if err != nil {
		r.kv.Store(nil)

		if _, missing := r.open(ctx); missing != nil {
			return grant, missing // this says more
		}
	}

	return grant, err
}

// open looks the bucket up once: that costs a request, and the answer stays good until an error says otherwise.
func (r *Rate) open(ctx context.Context) (jetstream.KeyValue, error) {
	if kv := r.kv.Load(); kv != nil {
		return *kv, nil
	}

	kv, err := r.bucket.open(ctx)
	if err == nil {
		r.kv.Store(&kv)
	}

	return kv, err
}

func (r *Rate) bookIn(ctx context.Context, kv jetstream.KeyValue, want int, delay time.Duration) (pace.Grant, error) {
	checked := false // whether the clock has just been set

	for range rateTries {
		read, err := r.read(ctx, kv)
		if err != nil {
			return pace.Grant{}, err
		}

		now := r.Clock.Now()

		// A record from the future, one that cannot be right and one of long ago may all be so by our clock alone.
		if !checked && (read.written.After(now.Add(tolerance)) || read.replaced || now.Sub(read.booking.Next) > quiet) {
			if err := r.Clock.Set(ctx); err != nil {
				return pace.Grant{}, err
			}

			checked = true
			now = r.Clock.Now()
		}

		if read.revision == 0 {
			read.booking = booking{Next: now.Add(quiet)}
		}

		// A booking that is written when its time has come is of no use.
		from := now.Add(min(delay, ahead) + 2*time.Duration(r.writing.Load()))

		after, bursts, wait := r.schedule.book(read.booking, now, from, max(want, 1))
		if len(bursts) == 0 && read.revision > 0 {
			return pace.Grant{Wait: wait}, nil
		}

		booked, err := r.write(ctx, kv, after, read.revision)

		switch {
		case err != nil:
			return pace.Grant{}, err
		case booked:
			return r.grant(bursts, wait), nil
		}
	}

	return pace.Grant{Wait: r.schedule.interval / 2}, nil // others were faster each time
}

// grant tells the times by this process's clock.
func (r *Rate) grant(bursts []pace.Burst, wait time.Duration) pace.Grant {
	local, server := time.Now(), r.Clock.Now()

	for i := range bursts {
		bursts[i].At = local.Add(bursts[i].At.Sub(server))
	}

	return pace.Grant{Bursts: bursts, Good: good, Wait: wait}
}

// record is a booking as it was found.
type record struct {
	booking  booking
	revision uint64
	written  time.Time // by the server's clock; zero when there is none
	replaced bool      // what was found cannot be right
}

func (r *Rate) read(ctx context.Context, kv jetstream.KeyValue) (record, error) {
	entry, err := kv.Get(ctx, r.key())
	if errors.Is(err, jetstream.ErrKeyNotFound) { // the first worker of all, or somebody has deleted it
		return record{replaced: true}, nil
	}

	if err != nil {
		return record{}, fmt.Errorf("reading what %s may call: %w", r.Program, err)
	}

	var b booking
	if json.Unmarshal(entry.Value(), &b) != nil {
		b = booking{} // not ours, and not to be believed
	}

	believed := b.since(entry.Created())

	return record{booking: believed, replaced: believed != b, revision: entry.Revision(), written: entry.Created()}, nil
}

// write writes a booking, unless somebody has written since it was read.
func (r *Rate) write(ctx context.Context, kv jetstream.KeyValue, b booking, revision uint64) (bool, error) {
	value, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("encoding a booking: %w", err)
	}

	began := time.Now()

	if revision == 0 { // there is none, or the mark of one that an operator has deleted
		_, err = kv.Create(ctx, r.key(), value)
	} else {
		_, err = kv.Update(ctx, r.key(), value, revision)
	}

	r.took(time.Since(began))

	if isWrongLastSequence(err) {
		return false, nil
	}

	if err != nil {
		return false, fmt.Errorf("booking calls of %s in bucket %s: %w", r.Program, jobs.BucketControl, err)
	}

	return true, nil
}

// took keeps a moving average of how long a write takes.
func (r *Rate) took(d time.Duration) {
	const weight = 8

	r.writing.Add(int64(min(d, ahead)-time.Duration(r.writing.Load())) / weight)
}

// isWrongLastSequence reports whether somebody has written since. The server has two codes for it, one for buckets with replicas.
func isWrongLastSequence(err error) bool {
	refused, ok := errors.AsType[*jetstream.APIError](err)

	return ok && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
