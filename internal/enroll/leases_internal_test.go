package enroll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// renewals is a ledger that answers what a test says; what it does with Postgres is tested in pkg/store.
type renewals struct {
	asked  chan []string
	answer chan renewal
}

type renewal struct {
	lost []store.Lease
	err  error
}

func (r renewals) Renew(ctx context.Context, leases []store.Lease, _ time.Duration) ([]store.Lease, error) {
	ids := make([]string, len(leases))
	for i, l := range leases {
		ids[i] = fmt.Sprintf("%s/%d", l.JobID, l.Attempt)
	}

	slices.Sort(ids)
	r.asked <- ids

	select {
	case a := <-r.answer:
		return a.lost, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// leasesTest is a set of leases that is kept, tick by tick.
type leasesTest struct {
	*leases
	renewals

	ticks chan time.Time
	log   *bytes.Buffer
	end   func() // waits, so that the log can be read
}

func newLeasesTest(t *testing.T) leasesTest {
	t.Helper()

	x := leasesTest{
		renewals: renewals{asked: make(chan []string), answer: make(chan renewal)},
		ticks:    make(chan time.Time), log: &bytes.Buffer{},
	}
	x.leases = newLeases(x.renewals, time.Hour, slog.New(slog.NewTextHandler(x.log, &slog.HandlerOptions{Level: slog.LevelDebug})))

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})

	go func() {
		x.run(ctx, x.ticks)
		close(ended)
	}()

	x.end = func() {
		cancel()
		<-ended
	}

	return x
}

// tick returns when the tick is taken. A tick after it is taken when this one's work is done.
func (x leasesTest) tick() { x.ticks <- time.Time{} }

func claimOf(attempt int) store.Claim {
	return store.Claim{Attempt: attempt, StartedAt: time.Date(2026, 6, 15, 12, 0, attempt, 0, time.UTC)}
}

func leaseOf(id string, attempt int) store.Lease {
	return store.Lease{JobID: id, Attempt: attempt, StartedAt: claimOf(attempt).StartedAt}
}

func TestOnlyLongCallsAreRenewed(t *testing.T) {
	t.Parallel()

	x := newLeasesTest(t)
	releaseLong := x.hold("long", claimOf(1))
	release := x.hold("short", claimOf(1))
	x.tick() // both are held, and nobody is asked
	x.tick() // now they are long
	require.Equal(t, []string{"long/1", "short/1"}, <-x.asked)
	x.answer <- renewal{}

	release()
	x.hold("short", claimOf(2))
	x.tick()
	require.Equal(t, []string{"long/1"}, <-x.asked)
	x.answer <- renewal{}

	releaseLong()
	x.tick()
	require.Equal(t, []string{"short/2"}, <-x.asked)
	x.answer <- renewal{}
	x.end()
	require.Empty(t, x.log.String())
}

func TestARenewalThatFailedIsMadeUpFor(t *testing.T) {
	t.Parallel()

	x := newLeasesTest(t)
	x.hold("job", claimOf(1))
	x.tick()

	for range 2 {
		x.tick()
		require.Equal(t, []string{"job/1"}, <-x.asked)
		x.answer <- renewal{err: errors.New("connection refused")}
	}

	x.tick()
	require.Equal(t, []string{"job/1"}, <-x.asked)
	x.answer <- renewal{}
	x.end()
	require.Equal(t, 2, bytes.Count(x.log.Bytes(), []byte("connection refused")))
}

func TestALostLeaseIsToldOnce(t *testing.T) {
	t.Parallel()

	x := newLeasesTest(t)
	x.hold("lost", claimOf(1))
	release := x.hold("finished", claimOf(1))
	x.hold("ours", claimOf(3))
	x.tick()
	x.tick()
	require.Len(t, <-x.asked, 3)
	release() // while the store looks
	x.answer <- renewal{lost: []store.Lease{leaseOf("lost", 1), leaseOf("finished", 1)}}

	x.tick()
	require.Equal(t, []string{"ours/3"}, <-x.asked)
	x.answer <- renewal{}
	x.end()
	require.Equal(t, 1, bytes.Count(x.log.Bytes(), []byte("not ours any more")))
	require.Contains(t, x.log.String(), "job=lost attempt=1")
}

func TestKeepingEndsWithItsContext(t *testing.T) {
	t.Parallel()

	x := newLeasesTest(t)
	x.hold("job", claimOf(1))
	x.tick()
	x.tick()
	<-x.asked // and the store does not answer
	x.end()
	require.Empty(t, x.log.String(), "an end that was asked for is no error")
}
