package enroll_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// secretOfPanic stands for what a parser may put into the value it panics with.
const secretOfPanic = "5204731600014784"

// A message that makes the worker panic ends alone. Before, it ended the process, then each other worker in turn, for ever.
func TestAJobThatMakesTheWorkerPanic(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		panics func(r *rig)
		api    func(enroll.API) enroll.API
		ledger func(*store.Store) enroll.Ledger
		status store.Status
		reason string
	}{
		"while it is read": {
			panics: func(r *rig) {
				ring := r.config.Keys()
				r.config.Keys = func() *jobs.KeyRing {
					if r.bad.Load() {
						panic(fmt.Errorf("cannot parse %s", secretOfPanic))
					}

					return ring
				}
			},
			status: store.StatusInvalid, reason: "WORKER_PANIC",
		},
		"while its card is looked at": {
			panics: func(r *rig) {
				keys := r.config.HMACKeys()
				r.config.HMACKeys = func() []enroll.HMACKey {
					if r.bad.Load() {
						panic(secretOfPanic)
					}

					return keys
				}
			},
			status: store.StatusInvalid, reason: "WORKER_PANIC",
		},
		"while it is claimed": {
			ledger: func(s *store.Store) enroll.Ledger { return panickingLedger{s} },
			status: store.StatusInvalid, reason: "WORKER_PANIC",
		},
		"while it is called": {
			api:    func(api enroll.API) enroll.API { return panickingAPI{api} },
			status: store.StatusInDoubt, reason: "WORKER_PANIC",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.retryAfter(10 * time.Millisecond)

			if c.panics != nil {
				c.panics(r)
			}

			var (
				api    enroll.API    = r.client()
				ledger enroll.Ledger = r.store
			)

			if c.api != nil {
				api = c.api(api)
			}

			if c.ledger != nil {
				ledger = c.ledger(r.store)
			}

			r.bad.Store(true)
			r.publish("bad", sandbox.PAN(0, 1))

			stop := r.startWith(r.js, ledger, api)

			eventually.True(t, func() bool {
				outcome, found, err := r.store.Outcome(t.Context(), "bad")
				return err == nil && found && outcome.Status.Settled()
			}, patience, 5*time.Millisecond)

			r.bad.Store(false)
			r.publish("good", sandbox.PAN(0, 2))
			eventually.True(t, func() bool {
				outcome, found, err := r.store.Outcome(t.Context(), "good")
				return err == nil && found && outcome.Status == store.StatusEnrolled
			}, patience, 5*time.Millisecond, "the line goes on")

			stop()
			r.drained()

			row := r.row("bad")
			require.Equal(t, c.status, row.Status)
			require.Equal(t, c.reason, row.Failure.Reason)
			require.NotContains(t, fmt.Sprint(row), secretOfPanic)
			require.NotContains(t, r.log.String(), secretOfPanic, "only the type of the value is told")
			require.Contains(t, r.log.String(), "panic.go", "the stack is")
			require.Len(t, r.letters(), 1)
		})
	}
}

// A message that ends the process itself, which nothing recovers from, is given up after a few processes.
func TestAMessageThatEndsProcessesIsGivenUp(t *testing.T) {
	t.Parallel()

	r := newRigWith(t, time.Second)
	notes := control.New(r.js).Crashes()

	// Three processes noted that they read it, and were never heard of again.
	r.publish("job", sandbox.PAN(0, 1))

	for i := range 3 {
		unended, err := notes.Reading(t.Context(), "ENROLL_JOBS.1")
		require.NoError(t, err)
		require.Equal(t, i, unended)
	}

	r.config.Crashes = notes
	r.deliverOften(5)
	r.publish("good", sandbox.PAN(0, 2))

	stop := r.start()
	outcomes := r.outcomesOf(2)
	stop()
	r.drained()

	require.Equal(t, "enrolled", outcomes["good"].Status)
	require.Equal(t, "WORKER_CRASH", outcomes["~ENROLL_JOBS.1"].Error.Reason)

	unended, err := notes.Reading(t.Context(), "ENROLL_JOBS.1")
	require.NoError(t, err)
	require.Zero(t, unended, "the note is removed with the message")
}

// A message that was only handed back often is read as ever.
func TestAMessageThatWasDeliveredOftenIsNotGivenUp(t *testing.T) {
	t.Parallel()

	r := newRigWith(t, time.Second)
	r.config.Crashes = control.New(r.js).Crashes()
	r.publish("job", sandbox.PAN(0, 1))
	r.deliverOften(8)

	stop := r.start()
	require.Equal(t, "enrolled", r.outcome().Status)
	stop()
	r.drained()
}

// deliverOften has the queue give out the first message as often as that.
func (r *rig) deliverOften(times int) {
	r.t.Helper()

	consumer, err := r.js.Consumer(r.t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(r.t, err)

	for range times {
		msg, err := consumer.Next()
		require.NoError(r.t, err)
		require.NoError(r.t, msg.Nak())
	}
}

// panickingAPI panics in each call.
type panickingAPI struct{ enroll.API }

func (p panickingAPI) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	if number := r.Card.PrimaryAccountNumber.Reveal(); number == sandbox.PAN(0, 1) {
		panic(secretOfPanic)
	}

	return p.API.Enroll(ctx, r)
}

// panickingLedger panics in the claim of one job.
type panickingLedger struct{ *store.Store }

func (p panickingLedger) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	if r.Job.ID == "bad" {
		panic(secretOfPanic)
	}

	return p.Store.Begin(ctx, r)
}

// A worker that panics on every job is at fault itself: it halts, and ends none of them.
func TestAWorkerThatPanicsOnEveryJobEndsNone(t *testing.T) {
	t.Parallel()

	const total = 100

	r := newRig(t)
	ring := r.config.Keys()
	r.config.Keys = func() *jobs.KeyRing {
		if r.bad.Load() {
			panic(secretOfPanic)
		}

		return ring
	}

	r.bad.Store(true)

	for i := range total {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)
	require.Contains(t, pacer.State().Halted, "WORKER_PANIC")
	require.Empty(t, r.outcomes)

	r.bad.Store(false)

	for range total {
		require.Equal(t, "enrolled", r.outcome().Status)
	}

	stop()
	r.drained()
}

// panickingCards panics when the cards of some jobs are looked up, which is before their turn, as when they are read.
type panickingCards struct{ *store.Store }

func (p panickingCards) FindCard(ctx context.Context, program, card string) (store.EnrolledCard, bool, error) {
	if strings.HasPrefix(card, "bad") {
		panic(secretOfPanic)
	}

	return p.Store.FindCard(ctx, program, card)
}

// More messages in a row that panic than make the worker the cause: each ends, and the jobs behind them are worked on.
func TestManyMessagesThatPanicDoNotStopTheProgram(t *testing.T) {
	t.Parallel()

	const bad, good = 7, 20

	r := newRig(t)
	r.config.HandBack = 2 * time.Millisecond

	for i := range bad {
		id := fmt.Sprintf("bad-%d", i)
		_, err := r.publisher.Publish(t.Context(), jobs.Job{ID: id, Program: "demo", Operation: jobs.Unenroll, ExternalCardID: id})
		require.NoError(t, err)
	}

	stop := r.startWith(r.js, panickingCards{r.store}, r.client())
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)

	for i := range good {
		r.publish(fmt.Sprintf("good-%d", i), sandbox.PAN(0, i))
	}

	statuses := map[string]int{}
	for _, outcome := range r.outcomesOf(bad + good) {
		statuses[outcome.Status]++
	}

	require.Equal(t, map[string]int{"invalid": bad, "enrolled": good}, statuses)

	r.publish("last", sandbox.PAN(0, good)) // the last of those before may have been a bad one, which opens no gate
	require.Equal(t, "enrolled", r.outcome().Status)
	eventually.True(t, func() bool { return pacer.State().Halted == "" }, patience, time.Millisecond)

	stop()
	r.drained()
}

// Alone in the queue they end too, when they have been delivered often enough.
func TestMessagesThatPanicEndWhenNothingElseComes(t *testing.T) {
	t.Parallel()

	const bad, deliveries = 8, 11

	r := newRigWith(t, time.Second)
	r.config.HandBack = time.Microsecond

	for i := range bad {
		id := fmt.Sprintf("bad-%d", i)
		_, err := r.publisher.Publish(t.Context(), jobs.Job{ID: id, Program: "demo", Operation: jobs.Unenroll, ExternalCardID: id})
		require.NoError(t, err)
	}

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)

	for range deliveries {
		batch, err := consumer.Fetch(bad)
		require.NoError(t, err)

		var all []jetstream.Msg
		for msg := range batch.Messages() {
			all = append(all, msg)
		}

		require.Len(t, all, bad)

		for _, msg := range all {
			require.NoError(t, msg.Nak())
		}
	}

	stop := r.startWith(r.js, panickingCards{r.store}, r.client())

	for _, outcome := range r.outcomesOf(bad) {
		require.Equal(t, "WORKER_PANIC", outcome.Error.Reason)
	}

	stop()
	r.drained()
}

// panickingClaims panics in each claim while the rig is bad: jobs that are handed back before it, as their turn does not come,
// say nothing for the worker.
type panickingClaims struct {
	*store.Store

	rig    *rig
	claims *atomic.Int64
}

func (p panickingClaims) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	if p.rig.bad.Load() {
		p.claims.Add(1)
		panic(secretOfPanic)
	}

	return p.Store.Begin(ctx, r)
}

func TestAWorkerThatPanicsInEachClaimEndsNone(t *testing.T) {
	t.Parallel()

	const total, enough = 100, 30

	r := newRig(t)
	r.bad.Store(true)

	for i := range total {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	var claims atomic.Int64

	stop := r.startWith(r.js, panickingClaims{r.store, r, &claims}, r.client())
	eventually.True(t, func() bool { return claims.Load() > enough }, patience, time.Millisecond)
	require.Empty(t, r.outcomes)
	require.NotEmpty(t, r.config.Pacers["demo"].State().Halted)

	r.bad.Store(false)

	for range total {
		require.Equal(t, "enrolled", r.outcome().Status)
	}

	stop()
	r.drained()
}
