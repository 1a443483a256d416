package enroll_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

type allocate func() pace.Grant

func (a allocate) Allocate(context.Context, int, time.Duration) (pace.Grant, error) { return a(), nil }

// limit gives the rig's program a rate and an allocator.
func (r *rig) limit(a allocate) {
	r.setProgram(func(p *enroll.Program) { p.Rate = 1 })
	r.allocator = func(enroll.Program) pace.Allocator { return a }
}

// grant limits the program to so many calls, and to more when they are added.
func (r *rig) grant(calls int64) (granted *atomic.Int64) {
	granted = new(atomic.Int64)
	granted.Store(calls)
	r.limit(func() pace.Grant {
		if granted.Add(-1) < 0 {
			return pace.Grant{Wait: time.Millisecond}
		}

		return oneCall()
	})

	return granted
}

// oneCall may be made now, and for a while.
func oneCall() pace.Grant {
	return pace.Grant{Bursts: []pace.Burst{{At: time.Now(), Calls: 1}}, Good: time.Minute}
}

// disposals tells what became of each message.
type disposals struct {
	enroll.Observer

	all chan enroll.Disposition
}

func (d disposals) Settled(as enroll.Disposition) { d.all <- as }

// While no calls are granted jobs go back to the queue, instead of holding their slots for as long as that lasts.
func TestJobsForWhichNoCallIsGrantedGoBack(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	var open atomic.Bool

	r.limit(func() pace.Grant {
		if open.Load() {
			return oneCall()
		}

		return pace.Grant{Wait: time.Hour}
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

	r.limit(func() pace.Grant {
		late.Store(true)
		return oneCall()
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

// blockedAPI answers once it is let.
type blockedAPI struct {
	enroll.API

	called chan struct{}
	answer chan struct{}
}

func (a *blockedAPI) Enroll(ctx context.Context, q mastercard.EnrollRequest) mastercard.Answer {
	a.called <- struct{}{}

	select {
	case <-a.answer:
	case <-ctx.Done():
	}

	return a.API.Enroll(ctx, q)
}

// A job that waits for another to be answered takes no token meanwhile: that would be lost, or spent late.
func TestATokenIsNotTakenBeforeThereIsASeat(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	var granted atomic.Int64

	r.limit(func() pace.Grant {
		granted.Add(1)
		return oneCall()
	})
	r.setProgram(func(p *enroll.Program) { p.MaxInFlight = 1 })
	r.config.HandBack = patience

	api := &blockedAPI{API: r.client(), called: make(chan struct{}, 10), answer: make(chan struct{})}
	observer := disposals{enroll.Unobserved(), make(chan enroll.Disposition, 1000)}
	r.config.Observer = observer

	r.publish("job-1", sandbox.PAN(0, 1))
	stop := r.startWith(r.js, r.store, api)

	<-api.called

	// One that is due comes on top of the limit, so that it is taken while the first is on its way.
	due := r.seal("job-2", sandbox.PAN(0, 2))
	body, err := json.Marshal(due)
	require.NoError(t, err)
	r.publishRaw(jobs.DueSubject("demo"), body)

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamRetry, jobs.ConsumerDue("demo"))
	require.NoError(t, err)
	eventually.True(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 1
	}, patience, 5*time.Millisecond)
	require.Never(t, func() bool { return granted.Load() > 1 }, time.Second/4, 10*time.Millisecond)

	close(api.answer)
	r.outcomesOf(2)
	require.EqualValues(t, 2, granted.Load())
	stop()
	r.drained()
}

// clockedLedger is a store whose clock the test sets.
type clockedLedger struct {
	*store.Store

	now func() time.Time
}

func (l clockedLedger) Now() time.Time { return l.now() }

// A pause that the API asked for may be lifted long before its end. A job that was on its way when it began is there then.
func TestAJobThatMeetsAPauseIsBackWhenThePauseIsLifted(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	observer := disposals{enroll.Unobserved(), make(chan enroll.Disposition, 1000)}
	r.config.Observer = observer

	stop := r.start()
	pacer := r.config.Pacers["demo"]

	// The lane's request is open: the first job shows it, the second comes by the same one, or is not taken at all.
	r.publish("first", sandbox.PAN(0, 1))
	require.Equal(t, "enrolled", r.outcome().Status)
	require.Equal(t, enroll.Acknowledged, <-observer.all)
	require.True(t, pacer.CoolDown(time.Hour))
	r.publish("second", sandbox.PAN(0, 2))

	select {
	case <-observer.all:
	case <-time.After(2 * time.Second): // not taken: that is as well
	}

	require.True(t, pacer.EndCoolDown())
	require.Equal(t, "enrolled", r.outcome().Status)
	stop()
	r.drained()
}
