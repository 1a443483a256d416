package enroll_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

type lend func(ctx context.Context) (pace.Loan, error)

func (l lend) Lend(ctx context.Context) (pace.Loan, error) { return l(ctx) }

// limit gives the rig's program a rate and a lender.
func (r *rig) limit(l lend) {
	r.setProgram(func(p *enroll.Program) { p.Rate = 1 })
	r.lender = func(enroll.Program) pace.Lender { return l }
}

// disposals tells what became of each message.
type disposals struct {
	enroll.Observer

	all chan enroll.Disposition
}

func (d disposals) Disposed(as enroll.Disposition) { d.all <- as }

// While no calls are lent jobs go back to the queue, instead of holding their slots for as long as that lasts.
func TestJobsForWhichNoCallIsLentGoBack(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	var open atomic.Bool

	r.limit(func(context.Context) (pace.Loan, error) {
		if open.Load() {
			return pace.Loan{Calls: 1, Good: time.Minute}, nil
		}

		return pace.Loan{Wait: time.Hour}, nil
	})

	observer := disposals{enroll.Unobserved(), make(chan enroll.Disposition, 1000)}
	r.config.Observer = observer
	r.publish("job-1", sandbox.PAN(0, 1))
	stop := r.start()

	select {
	case as := <-observer.all:
		require.Equal(t, enroll.HandedBack, as)
	case <-time.After(patience):
		require.Fail(t, "the job holds its slot")
	}

	open.Store(true)
	require.Equal(t, 1, r.outcome().Attempts)
	stop()
	r.drained()
}

// A job whose time is up when its turn comes is not sent.
func TestJobExpiresWhileItWaitsForItsTurn(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	var late atomic.Bool

	r.limit(func(context.Context) (pace.Loan, error) {
		late.Store(true)
		return pace.Loan{Calls: 1, Good: time.Minute}, nil
	})

	job := r.seal("job-1", sandbox.PAN(0, 1))
	job.NotAfter = time.Now().Add(time.Minute)
	_, err := r.publisher.Publish(t.Context(), job)
	require.NoError(t, err)

	stop := r.startWith(r.js, clockedLedger{r.store, func() time.Time {
		if late.Load() {
			return time.Now().Add(time.Hour)
		}

		return time.Now()
	}}, r.client())
	require.Equal(t, "expired", r.outcome().Status)
	stop()
	r.drained()
	require.Zero(t, r.sandbox.Ledger().Totals().Calls)
}

// clockedLedger is a store whose clock the test sets.
type clockedLedger struct {
	*store.Store

	now func() time.Time
}

func (l clockedLedger) Now() time.Time { return l.now() }
