package control_test

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// rate is one worker's view of what the program gold may call.
func (d *desk) rate(perSecond float64) *control.Rate {
	d.t.Helper()

	return d.rateBy(d.js, time.Now, perSecond)
}

// rateBy is that of a worker with a connection and a clock of its own.
func (d *desk) rateBy(js jetstream.JetStream, now func() time.Time, perSecond float64) *control.Rate {
	d.t.Helper()

	bucket := control.New(js)
	clock := bucket.ClockBy(now)
	require.NoError(d.t, clock.Set(d.t.Context()))

	return bucket.Rate(control.RateOptions{
		Program: "gold", PerSecond: perSecond, Clock: clock, Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	})
}

// allocate waits until there are calls.
func (d *desk) allocate(r *control.Rate, want int) []pace.Burst {
	d.t.Helper()

	bursts, err := d.allocated(r, want)
	require.NoError(d.t, err)

	return bursts
}

func (d *desk) allocated(r *control.Rate, want int) ([]pace.Burst, error) {
	for {
		grant, err := r.Allocate(d.t.Context(), want, 0)
		if err != nil || len(grant.Bursts) > 0 {
			return grant.Bursts, err
		}

		d.wait(grant.Wait)
	}
}

func (d *desk) wait(pause time.Duration) {
	d.t.Helper()

	select {
	case <-d.t.Context().Done():
	case <-time.After(pause): // what the queue says: this time is the thing that is tested
	}
}

// busiestSecond is the most calls that are granted for any second, wherever it starts, with both of its ends.
func busiestSecond(bursts []pace.Burst) int {
	bursts = slices.SortedFunc(slices.Values(bursts), func(a, b pace.Burst) int { return a.At.Compare(b.At) })
	most, sum, first := 0, 0, 0

	for _, burst := range bursts {
		sum += burst.Calls

		for burst.At.Sub(bursts[first].At) > time.Second {
			sum -= bursts[first].Calls
			first++
		}

		most = max(most, sum)
	}

	return most
}

// Four workers on connections of their own, whose clocks differ by hours, ask for all that they can get. It is judged by
// the times that they are granted, which no delay of this machine changes. Once in between all of their clocks jump.
func TestWorkersShareTheRateOverClocksThatDiffer(t *testing.T) {
	t.Parallel()

	const (
		rate  = 200
		takes = 5 * time.Second
	)

	server := stacktest.NATS(t)
	d := newDeskAt(t, server)

	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		got  []pace.Burst
		busy = map[time.Duration]bool{}
		jump atomic.Int64
	)

	end := time.Now().Add(takes)
	half := time.AfterFunc(takes/2, func() { jump.Store(int64(90 * time.Second)) })

	defer half.Stop()

	for _, ahead := range []time.Duration{0, 2 * time.Second, -2 * time.Minute, 2 * time.Hour} {
		js, err := jetstream.New(stacktest.Connect(t, server))
		require.NoError(t, err)

		// Without its monotonic part, as after a suspension: what the machine says is all that there is.
		r := d.rateBy(js, func() time.Time { return time.Now().Add(ahead + time.Duration(jump.Load())).Round(0) }, rate)

		all.Go(func() {
			for time.Now().Before(end) {
				bursts, err := d.allocated(r, 20)
				if err != nil {
					t.Error(err)
					return
				}

				mu.Lock()
				got = append(got, bursts...)
				busy[ahead] = true
				mu.Unlock()
			}
		})
	}

	all.Wait()

	calls := 0
	for _, burst := range got {
		calls += burst.Calls
	}

	t.Logf("%d calls in %s, %d in the busiest second", calls, takes, busiestSecond(got))
	require.LessOrEqual(t, busiestSecond(got), rate)
	require.Greater(t, calls, rate, "on a machine that does much else fewer are asked for")
	require.Greater(t, len(busy), 1)
}

// Time in which nobody has called is not saved up.
func TestIdleTimeIsNotSavedUp(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8) // a burst is one call
	d.allocate(r, 1)
	d.wait(time.Second / 2)

	bursts := append(d.allocate(r, 1), d.allocate(r, 1)...)
	require.Len(t, bursts, 2)
	require.GreaterOrEqual(t, bursts[1].At.Sub(bursts[0].At), time.Second/8-5*time.Millisecond)
}

// A record that cannot be right, or is gone, must not stop the fleet. As nobody knows what was granted, nothing is for a moment.
func TestRecordsThatCannotBeRightAreReplaced(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(t *testing.T, d *desk){
		"by a clock that is a day ahead": func(_ *testing.T, d *desk) { d.booked(time.Now().Add(24 * time.Hour)) },
		"by a clock that is slow":        func(_ *testing.T, d *desk) { d.booked(time.Now().Add(-time.Hour)) },
		"no record at all":               func(_ *testing.T, d *desk) { d.put("rate.gold", "no JSON") },
		"deleted": func(t *testing.T, d *desk) { //nolint:thelper // a case of the table
			kv, err := d.js.KeyValue(t.Context(), jobs.BucketControl)
			require.NoError(t, err)
			require.NoError(t, kv.Delete(t.Context(), "rate.gold"))
		},
		"purged": func(t *testing.T, d *desk) { //nolint:thelper // a case of the table
			kv, err := d.js.KeyValue(t.Context(), jobs.BucketControl)
			require.NoError(t, err)
			require.NoError(t, kv.Purge(t.Context(), "rate.gold"))
		},
		"lost with its bucket": func(t *testing.T, d *desk) { //nolint:thelper // a case of the table
			require.NoError(t, d.js.DeleteKeyValue(t.Context(), jobs.BucketControl))
			require.NoError(t, d.ensure(t.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDesk(t)
			r := d.rate(8)
			before := d.allocate(r, 8)

			spoil(t, d)

			after := d.allocate(r, 8)
			require.LessOrEqual(t, busiestSecond(append(before, after...)), 8)
			require.Less(t, time.Until(after[0].At), 2*time.Second)
		})
	}
}

func (d *desk) booked(next time.Time) {
	d.t.Helper()
	d.put("rate.gold", `{"next": "`+next.Format(time.RFC3339Nano)+`"}`)
}

// Without the bucket nothing is granted, which is said once; when it is there again, so is the rate.
func TestRateWithoutItsBucket(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	r := d.rate(8)
	d.allocate(r, 1)
	require.NoError(t, d.js.DeleteKeyValue(t.Context(), jobs.BucketControl))

	for range 3 {
		_, err := r.Allocate(t.Context(), 1, 0)
		require.ErrorIs(t, err, control.ErrNoBucket)
	}

	require.Equal(t, 1, d.log.Count("cannot be shared out"))

	d.refresh() // makes it
	d.allocate(r, 1)
	require.Equal(t, 1, d.log.Count("shared out again"))
}

// A clock that has gone wrong since it was set is set when a record shows it.
func TestAClockThatHasGoneWrongIsSetAgain(t *testing.T) {
	t.Parallel()

	var slow atomic.Int64

	d := newDesk(t)
	good, bad := d.rate(8), d.rateBy(d.js, func() time.Time { return time.Now().Add(-time.Duration(slow.Load())).Round(0) }, 8)
	d.allocate(bad, 1)
	slow.Store(int64(time.Hour))

	bursts := append(d.allocate(good, 4), d.allocate(bad, 4)...)
	require.LessOrEqual(t, busiestSecond(bursts), 8)
	require.Less(t, time.Until(bursts[len(bursts)-1].At), 5*time.Second, "not an hour")
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
