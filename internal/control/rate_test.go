package control_test

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

// rate is one worker's view of what the program gold may call.
func (d *desk) rate(perSecond float64) *control.Rate {
	d.t.Helper()

	clock := d.bucket.Clock()
	require.NoError(d.t, clock.Set(d.t.Context()))

	return d.bucket.Rate("gold", perSecond, math.MaxInt, clock, slog.New(slog.NewTextHandler(d.log, nil)))
}

func (d *desk) lend(r *control.Rate) pace.Loan {
	d.t.Helper()

	loan, err := r.Lend(d.t.Context())
	require.NoError(d.t, err)

	return loan
}

// Workers that ask as often as they can get together what the rate allows, and no more.
func TestWorkersShareTheRate(t *testing.T) {
	t.Parallel()

	const (
		rate    = 400
		workers = 4
		takes   = time.Second
	)

	d := newDesk(t)

	ctx, cancel := context.WithTimeout(t.Context(), takes)
	defer cancel()

	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		calls int
	)

	began := time.Now()

	for range workers {
		tokens := pace.NewTokens(d.rate(rate))

		all.Go(func() {
			for tokens.Take(ctx) == nil {
				mu.Lock()
				calls++
				mu.Unlock()
			}
		})
	}

	all.Wait()

	// Two blocks, of an eighth of a second each, can be lent at once to workers that come after a pause; on a machine that
	// does much else fewer may be asked for.
	allowed := rate*time.Since(began).Seconds() + 2*rate/8
	require.LessOrEqual(t, float64(calls), allowed)
	require.Greater(t, calls, rate/4)
}

func TestIdleTimeIsNotSavedUp(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8) // a block is one call
	require.Equal(t, 1, d.lend(r).Calls)

	d.booked(time.Now().Add(-time.Hour))
	require.Equal(t, 1, d.lend(r).Calls)
	require.Equal(t, 1, d.lend(r).Calls)

	loan := d.lend(r)
	require.Zero(t, loan.Calls)
	require.Greater(t, loan.Wait, time.Duration(0))
	require.LessOrEqual(t, loan.Wait, time.Second/8)
}

// A record that cannot be right must not stop the fleet.
func TestRecordsThatCannotBeRightAreReplaced(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8)

	d.booked(time.Now().Add(24 * time.Hour)) // by a clock that is a day ahead
	require.Equal(t, 1, d.lend(r).Calls)

	d.put("rate.gold", "no JSON")
	require.Equal(t, 1, d.lend(r).Calls)
}

func (d *desk) booked(next time.Time) {
	d.t.Helper()
	d.put("rate.gold", `{"next": "`+next.Format(time.RFC3339Nano)+`"}`)
}

// Without the bucket nothing is lent, which is said once; when it is there again, so is the rate.
func TestRateWithoutItsBucket(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8)
	require.NoError(t, d.js.DeleteKeyValue(t.Context(), jobs.BucketControl))

	for range 3 {
		_, err := r.Lend(t.Context())
		require.ErrorIs(t, err, control.ErrNoBucket)
	}

	require.Equal(t, 1, d.log.count("cannot be shared out"))

	d.refresh() // makes it
	require.Equal(t, 1, d.lend(r).Calls)
	require.Equal(t, 1, d.log.count("shared out again"))
}

func TestCoolDownsReachOthers(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	all, err := d.bucket.CoolDowns(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)

	long := control.CoolDown{Program: "gold", Until: noon().Add(time.Minute), By: "worker-1"}
	require.NoError(t, d.bucket.CoolDown(t.Context(), long))
	require.NoError(t, d.bucket.CoolDown(t.Context(), control.CoolDown{Program: "gold", Until: noon(), By: "worker-2"}))
	d.put("cool.silver", "no JSON")

	all, err = d.bucket.CoolDowns(t.Context())
	require.NoError(t, err)
	require.Equal(t, []control.CoolDown{long}, all, "one that ends sooner changes nothing")
}

// An operator deletes the record to begin anew. The server keeps a mark in its place, which must not stop the program.
func TestDeletedRecordIsMadeAgain(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8)
	require.Equal(t, 1, d.lend(r).Calls)

	kv, err := d.js.KeyValue(t.Context(), jobs.BucketControl)
	require.NoError(t, err)
	require.NoError(t, kv.Delete(t.Context(), "rate.gold"))
	require.Equal(t, 1, d.lend(r).Calls)

	require.NoError(t, kv.Purge(t.Context(), "rate.gold"))
	require.Equal(t, 1, d.lend(r).Calls)
}
