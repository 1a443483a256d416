package enroll_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

// scarceCalls grants one call that is good for a while, and no more before it is opened.
type scarceCalls struct {
	good          time.Duration
	given, opened atomic.Bool
	lost          chan time.Time // when the call that was granted first is lost
}

func (s *scarceCalls) allocate() pace.Grant {
	switch first := !s.given.Swap(true); {
	case first:
		s.lost <- time.Now().Add(s.good)

		return pace.Grant{Bursts: []pace.Burst{{At: time.Now(), Calls: 1}}, Good: s.good}
	case s.opened.Load():
		return oneCall()
	default:
		return pace.Grant{Wait: time.Millisecond}
	}
}

// slowClaims makes the first claim take until its token is lost.
type slowClaims struct {
	*store.Store

	calls     *scarceCalls
	meanwhile func()
}

func (s slowClaims) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	claim, err := s.Store.Begin(ctx, r)

	select {
	case lost := <-s.calls.lost:
		<-time.After(time.Until(lost) + time.Millisecond)
		s.meanwhile()
	default: // not the first
	}

	return claim, err
}

// A job whose token was lost while it was claimed waits for another, but not for ever, and is not sent when it must not be any more.
func TestAClaimedJobDoesNotWaitForItsCallForEver(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		meanwhile func(r *rig, calls *scarceCalls)
		message   string
	}{
		"no call is granted": {func(*rig, *scarceCalls) {}, "the program's agreed rate granted no call in time: 2s"},
		"the program is halted": {
			func(r *rig, calls *scarceCalls) {
				r.config.Pacers["demo"].Halt("refused")
				time.AfterFunc(400*time.Millisecond, func() { calls.opened.Store(true) })
			},
			"the program was stopped or told to pause before the call's turn came",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			calls := &scarceCalls{good: 200 * time.Millisecond, lost: make(chan time.Time, 1)}
			r.limit(calls.allocate)
			r.config.HandBack = time.Second

			r.publish("job", sandbox.PAN(0, 1))

			ledger := slowClaims{r.store, calls, func() { c.meanwhile(r, calls) }}
			stop := r.startWith(r.js, ledger, r.client())

			var row store.Outcome

			eventually.True(t, func() bool {
				var err error

				row, _, err = r.store.Outcome(t.Context(), "job")

				return err == nil && row.Failure.Reason != ""
			}, patience, time.Millisecond)
			require.Equal(t, store.StatusPending, row.Status)
			require.Equal(t, store.Failure{
				Source: "worker", Reason: "CALL_WITHHELD", Detail: "NOT_SENT", Message: c.message,
			}, row.Failure)
			require.Zero(t, r.sandbox.Ledger().Card(sandbox.PAN(0, 1)).Calls)

			calls.opened.Store(true)
			require.Equal(t, "enrolled", r.outcome().Status)
			stop()
			r.drained()
		})
	}
}
