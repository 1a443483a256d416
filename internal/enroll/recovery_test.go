package enroll_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// A worker that vanishes does so for the queue at one moment: its connection is
// cut, and nothing it does afterwards gets through. These tests cut it at the
// steps between which a crash could lose or double a job.
func TestAnotherWorkerTakesOver(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scenario int
		// vanish makes a ledger and an API with which the first worker vanishes.
		vanish   func(r *rig, cut func()) (enroll.Ledger, enroll.API)
		attempts int
		effects  int
	}{
		"after the claim, before the call": {
			scenario: 0,
			vanish: func(r *rig, cut func()) (enroll.Ledger, enroll.API) {
				return gone{r.store}, hanging{API: r.client(), cut: cut, until: r.t.Context()}
			},
			attempts: 2, effects: 1,
		},
		"after the outcome is committed, before it is announced": {
			scenario: 0,
			vanish: func(r *rig, cut func()) (enroll.Ledger, enroll.API) {
				return cutAfterFinish{r.store, cut}, r.client()
			},
			attempts: 1, effects: 1,
		},
		"after a retry is committed, before it is scheduled": {
			scenario: 53,
			vanish: func(r *rig, cut func()) (enroll.Ledger, enroll.API) {
				// The retry is due only after the message has come to the second worker.
				program := r.config.Programs["demo"]
				program.Backoff = pace.Backoff{Base: 4 * time.Second, Cap: 4 * time.Second}
				r.config.Programs["demo"] = program
				r.config.Jitter = func() float64 { return 0.5 }

				return cutAfterFinish{r.store, cut}, r.client()
			},
			attempts: 2, effects: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.config.Lease = time.Second
			r.config.Grace = time.Second

			nc := stacktest.Connect(t, r.server, nats.NoReconnect())
			js, err := jetstream.New(nc)
			require.NoError(t, err)

			cut := make(chan struct{})
			ledger, api := c.vanish(r, sync.OnceFunc(func() {
				nc.Close()
				close(cut)
			}))

			card := sandbox.PAN(c.scenario, 1)
			r.publish("job", card)
			r.startWith(js, ledger, api)
			<-cut

			r.config.Name = "worker-2"
			stop := r.start()
			require.Equal(t, string(store.StatusEnrolled), r.outcome().Status)
			stop()
			r.drained()

			require.Equal(t, c.attempts, r.row("job").Attempts)
			require.Equal(t, c.effects, r.sandbox.Ledger().Effects(card))
			require.Empty(t, r.outcomes, "announced once")
		})
	}
}

// gone is the ledger of a worker that renews no lease because it is no more.
type gone struct{ enroll.Ledger }

func (gone) Renew(context.Context, []store.Lease, time.Duration) ([]store.Lease, error) {
	return nil, nil
}

// hanging is an API that never answers: for the queue the worker is gone when it is called.
type hanging struct {
	enroll.API // for what is not called

	cut   func()
	until context.Context //nolint:containedctx // the test's
}

func (h hanging) Enroll(ctx context.Context, _ mastercard.EnrollRequest) mastercard.Answer {
	h.cut()

	select {
	case <-ctx.Done():
	case <-h.until.Done():
	}

	return mastercard.Answer{Verdict: mastercard.Unknown}
}

func (h hanging) Unenroll(ctx context.Context, _ mastercard.UnenrollRequest) mastercard.Answer {
	return h.Enroll(ctx, mastercard.EnrollRequest{})
}

// cutAfterFinish is the store of a worker that vanishes when its answer is committed.
type cutAfterFinish struct {
	*store.Store

	cut func()
}

func (l cutAfterFinish) Finish(ctx context.Context, r store.FinishRequest) (store.FinishResult, error) {
	finished, err := l.Store.Finish(ctx, r)
	l.cut()

	return finished, err
}
