package enroll_test

import (
	"context"
	"errors"
	"fmt"
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
	"enroll.example/clicktopay/test/parts"
)

// enrolledAs enrolls a card of consumer-1 with an address of its own, by which the API takes them for another consumer each time.
func (r *rig) enrolledAs(serial int) jobs.Outcome {
	r.t.Helper()

	r.send(r.ofConsumer(fmt.Sprintf("in-%d", serial), serial))

	outcome := r.outcome()
	require.Equal(r.t, "enrolled", outcome.Status)

	return outcome
}

func (r *rig) ofConsumer(id string, serial int) jobs.Job {
	r.t.Helper()

	payload := parts.Payload(sandbox.PAN(0, serial))
	payload.Consumer.EmailAddress = fmt.Sprintf("ana-%d@example.com", serial)

	job, err := r.sealer.Seal(jobs.Job{
		ID: id, Program: "demo", ExternalConsumerID: "consumer-1", ExternalCardID: fmt.Sprintf("card-%d", serial),
	}, payload)
	require.NoError(r.t, err)

	return job
}

// A consumer whom the API knows by several ids is forgotten whole, by one job.
func TestAConsumerIsForgottenWhole(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()

	ids := map[string]bool{}
	for serial := range 3 {
		ids[r.enrolledAs(serial).SrcConsumerID] = true
	}

	require.Len(t, ids, 3)

	r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

	outcome := r.outcome()
	require.Equal(t, "forgotten", outcome.Status)
	require.Equal(t, 3, outcome.Consumers)
	require.Equal(t, 1, outcome.Attempts)
	require.Equal(t, 3, r.row("forget").Consumers)

	r.forget(jobs.Job{ID: "again", ExternalConsumerID: "consumer-1"})

	outcome = r.outcome()
	require.Equal(t, "not_enrolled", outcome.Status)
	require.Zero(t, outcome.Consumers)

	stop()
	r.drained()

	for id := range ids {
		require.False(t, r.sandbox.Holds(id))
	}

	require.Equal(t, 3, r.sandbox.Ledger().Totals().Forgotten)
}

// One that names Mastercard's id forgets that one alone.
func TestAConsumerThatIsNamedIsForgottenAlone(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()
	first, second := r.enrolledAs(1), r.enrolledAs(2)

	r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1", SrcConsumerID: first.SrcConsumerID})
	require.Equal(t, 1, r.outcome().Consumers)
	stop()

	require.False(t, r.sandbox.Holds(first.SrcConsumerID))
	require.True(t, r.sandbox.Holds(second.SrcConsumerID))
}

// A worker that dies anywhere, also between two consumers, leaves a job that another brings to its end.
func TestForgettingWholeSurvivesItsWorker(t *testing.T) {
	t.Parallel()

	for _, step := range []enroll.Step{
		enroll.StepClaimed, enroll.StepForgotten, enroll.StepCalled, enroll.StepCommitted, enroll.StepPublished,
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.allow(jobs.Operations()...)

			stop := r.start()
			first, second := r.enrolledAs(1), r.enrolledAs(2)
			stop()

			r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

			stop = r.stopAt(step)
			outcome := r.outcome()
			require.Equal(t, "forgotten", outcome.Status)
			require.Equal(t, 2, outcome.Consumers)
			r.drained()
			stop()

			require.False(t, r.sandbox.Holds(first.SrcConsumerID))
			require.False(t, r.sandbox.Holds(second.SrcConsumerID))
			require.Equal(t, 2, r.sandbox.Ledger().Totals().Forgotten, "each once")
		})
	}
}

// failingForgets fails calls that forget, by their number.
type failingForgets struct {
	enroll.API

	calls int
	fail  map[int]mastercard.Answer
}

func (f *failingForgets) Forget(ctx context.Context, r mastercard.ForgetRequest) mastercard.Answer {
	f.calls++

	if answer, fails := f.fail[f.calls]; fails {
		if err := r.Turn(ctx); err != nil {
			panic(err)
		}

		return answer
	}

	return f.API.Forget(ctx, r)
}

// What was deleted before a call failed stays deleted, and counts when the next attempt does not find it any more.
func TestForgettingWholeGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()

	failed := func(verdict mastercard.Verdict) mastercard.Answer {
		return mastercard.Answer{Verdict: verdict, HTTPStatus: 503, Failure: mastercard.Failure{
			Source: mastercard.SourceService, Reason: "UNAVAILABLE", Message: "later",
		}}
	}

	for name, c := range map[string]struct {
		fail            map[int]mastercard.Answer
		status          store.Status
		consumers       int
		attempts, calls int
	}{
		"the second fails":               {map[int]mastercard.Answer{2: failed(mastercard.Retry)}, store.StatusForgotten, 2, 2, 4},
		"the second is throttled":        {map[int]mastercard.Answer{2: failed(mastercard.Throttled)}, store.StatusForgotten, 2, 2, 4},
		"what the second did is unknown": {map[int]mastercard.Answer{2: failed(mastercard.Unknown)}, store.StatusForgotten, 2, 2, 4},
		"the first fails":                {map[int]mastercard.Answer{1: failed(mastercard.Retry)}, store.StatusForgotten, 2, 2, 3},
		"the first is refused":           {map[int]mastercard.Answer{1: failed(mastercard.Rejected)}, store.StatusRejected, 1, 1, 2},
		"both go somewhere else": {
			map[int]mastercard.Answer{2: failed(mastercard.Retry), 4: {Verdict: mastercard.NotEnrolled, HTTPStatus: 404}},
			store.StatusForgotten, 2, 2, 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)
			stop := r.start()
			r.enrolledAs(1)
			r.enrolledAs(2)
			stop()

			r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

			api := &failingForgets{API: r.client(), fail: c.fail}
			stop = r.startWith(r.js, r.store, api)
			outcome := r.outcome()
			stop()
			r.drained()

			require.Equal(t, string(c.status), outcome.Status, outcome.Error)
			require.Equal(t, c.consumers, outcome.Consumers)
			require.Equal(t, c.attempts, outcome.Attempts)
			require.Equal(t, c.calls, api.calls)
		})
	}
}

// A later call that the agreed rate does not grant, or a look-up that fails, is no failure of the API's: it must not close the
// program's gate, nor be told as its trouble.
func TestForgettingThatIsHeldBackIsNoTroubleOfTheAPI(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		granted int64
		lookups int64 // that succeed
	}{
		"between two consumers": {granted: 1, lookups: 1_000},
		"before the first":      {granted: 1_000, lookups: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)

			granted := r.grant(2)
			stop := r.start()
			r.enrolledAs(1)
			r.enrolledAs(2)
			stop()

			observer := disposals{enroll.Unobserved(), make(chan enroll.Disposition, 1000)}
			r.config.Observer = observer

			granted.Store(c.granted)
			r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

			ledger := &failingLookups{Store: r.store}
			ledger.left.Store(c.lookups)
			stop = r.startWith(r.js, ledger, r.client())

			require.Equal(t, enroll.HandedBack, <-observer.all)
			require.Zero(t, r.config.Pacers["demo"].Guard.Trouble())

			granted.Store(1_000)
			ledger.left.Store(1_000)
			require.Equal(t, 2, r.outcome().Consumers)
			stop()
			r.drained()
		})
	}
}

// Each call of an attempt counts by itself: what the second one waited for the agreed rate says nothing of the API, and one whose
// turn ends in a panic does not end the first one again.
func TestEachCallOfAForgettingCountsByItself(t *testing.T) {
	t.Parallel()

	const wait = 10 * time.Second

	for name, second := range map[string]func(ahead *atomic.Int64){
		"it waits for the agreed rate": func(ahead *atomic.Int64) { ahead.Add(int64(wait)) },
		"its turn panics":              func(*atomic.Int64) { panic("no grant") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)

			var (
				ahead atomic.Int64 // of the clock by which calls are timed
				armed atomic.Bool  // between two deletions
			)

			r.limit(func() pace.Grant {
				if armed.CompareAndSwap(true, false) {
					second(&ahead)
				}

				return oneCall()
			})

			stop := r.start()
			r.enrolledAs(1)
			r.enrolledAs(2)
			stop()

			reached := 0
			r.config.Reached = func(step enroll.Step) {
				if step == enroll.StepForgotten {
					reached++
					armed.Store(reached == 1)
				}
			}
			r.makePacers()

			meter := pace.NewMeter(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
			r.config.Pacers["demo"].Meter = meter

			r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

			worker, err := enroll.New(r.js, r.store, r.client(), r.config)
			require.NoError(t, err)

			stop = parts.Run(t, worker)

			require.Equal(t, 2, r.outcome().Consumers)
			stop()

			require.NotZero(t, reached)
			require.False(t, armed.Load())

			took := meter.Read().Took
			require.Less(t, took.Quantile(1), wait)

			calls := int64(0)
			for _, count := range took {
				calls += count
			}

			require.GreaterOrEqual(t, calls, int64(2), "each is timed")
			require.Zero(t, meter.Read().Running)
		})
	}
}

// failingLookups finds consumers so many times.
type failingLookups struct {
	*store.Store

	left atomic.Int64
}

func (l *failingLookups) FindConsumers(ctx context.Context, program, key string) ([]store.EnrolledCard, error) {
	if l.left.Add(-1) < 0 {
		return nil, errors.New("Postgres is away")
	}

	return l.Store.FindConsumers(ctx, program, key)
}

// A key that comes to lead to too many while the job is claimed forgets nobody either.
func TestAKeyThatComesToLeadToTooManyForgetsNobody(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()
	r.enrolledAs(1)
	stop()

	r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

	stop = r.startWith(r.js, &growingKey{Store: r.store}, r.client())
	r.forgetsNobody(stop)
}

// forgetsNobody awaits the refusal of a job that would forget too many.
func (r *rig) forgetsNobody(stop func() enroll.Summary) {
	r.t.Helper()

	outcome := r.outcome()
	require.Equal(r.t, "invalid", outcome.Status)
	require.Equal(r.t, "TOO_MANY_CONSUMERS", outcome.Error.Reason)
	stop()
	r.drained()
	require.Zero(r.t, r.sandbox.Ledger().Totals().Forgotten)
}

// growingKey finds one consumer when it is asked first, and more than may be forgotten from then on.
type growingKey struct {
	*store.Store

	asked atomic.Bool
}

func (l *growingKey) FindConsumers(ctx context.Context, program, key string) ([]store.EnrolledCard, error) {
	found, err := l.Store.FindConsumers(ctx, program, key)

	for i := 0; l.asked.Load() && len(found) <= store.MostConsumers; i++ {
		found = append(found, store.EnrolledCard{SrcConsumerID: fmt.Sprintf("another-%d", i)})
	}

	l.asked.Store(true)

	return found, err
}

// A key that leads to more consumers than anybody has is hardly that of one: nobody is deleted.
func TestAKeyOfTooManyConsumersForgetsNobody(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()

	for serial := range store.MostConsumers + 1 {
		r.enrolledAs(serial)
	}

	r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})

	r.forgetsNobody(stop)
}

// An enrollment that is under way is waited for, so that its consumer is forgotten too.
func TestForgettingWaitsForAnEnrollment(t *testing.T) {
	t.Parallel()

	for name, known := range map[string]bool{"of a consumer who is known": true, "of one who is not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)
			stop := r.start()
			ids := map[string]bool{}

			if known {
				ids[r.enrolledAs(1).SrcConsumerID] = true
			}

			stop()

			in := &heldEnrollment{API: r.client(), called: make(chan struct{}), release: make(chan struct{})}
			stop = r.startWith(r.js, r.store, in)
			r.send(r.ofConsumer("slow", 7))
			<-in.called

			r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})
			r.handedBack()
			require.Zero(t, r.sandbox.Ledger().Totals().Forgotten)
			close(in.release)

			outcomes := r.outcomesOf(2)
			require.Equal(t, "enrolled", outcomes["slow"].Status)
			require.Equal(t, "forgotten", outcomes["forget"].Status)

			ids[outcomes["slow"].SrcConsumerID] = true
			require.Equal(t, len(ids), outcomes["forget"].Consumers)
			stop()
			r.drained()

			for id := range ids {
				require.False(t, r.sandbox.Holds(id))
			}
		})
	}
}

// An enrollment that the queue took before a job that has forgotten its consumer, and that comes only now, is not sent.
func TestAnEnrollmentBeforeTheForgettingIsNotSentAfterIt(t *testing.T) {
	t.Parallel()

	for name, known := range map[string]bool{"of a consumer who was known": true, "of one who was not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)
			stop := r.start()

			if known {
				r.enrolledAs(1)
			}

			stop()

			r.send(r.ofConsumer("before", 2))
			r.forgottenElsewhere(known)
			r.send(r.ofConsumer("after", 3))

			stop = r.start()
			outcomes := r.outcomesOf(2)
			stop()
			r.drained()

			require.Equal(t, "superseded", outcomes["before"].Status)
			require.Equal(t, "LATER_CHANGE", outcomes["before"].Error.Reason)
			require.Contains(t, outcomes["before"].Error.Message, "forgotten")
			require.Zero(t, outcomes["before"].Attempts)
			require.Equal(t, "enrolled", outcomes["after"].Status)
			require.Zero(t, r.sandbox.Ledger().Effects(sandbox.PAN(0, 2)))
		})
	}
}

// heldEnrollment holds a call that enrolls.
type heldEnrollment struct {
	enroll.API

	called, release chan struct{}
}

func (h *heldEnrollment) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	close(h.called)
	<-h.release

	return h.API.Enroll(ctx, r)
}

// handedBack waits until a message was offered again.
func (r *rig) handedBack() {
	r.t.Helper()

	eventually.True(r.t, func() bool {
		consumer, err := r.js.Consumer(r.t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))

		return err == nil && consumer.CachedInfo().NumRedelivered > 0
	}, time.Minute, 10*time.Millisecond)
}

// forgottenElsewhere has another worker forget consumer-1 by a job that the queue has taken just now.
func (r *rig) forgottenElsewhere(known bool) {
	r.t.Helper()

	job := store.Job{
		ID: "forget", Program: "demo", ExternalConsumerID: "consumer-1", Operation: store.OperationForget,
		QueuedAt: time.Now(), MessageDigest: make([]byte, 32),
	}

	if !known {
		ended, err := r.store.End(r.t.Context(), store.EndRequest{Job: job, Status: store.StatusNotEnrolled, Nobody: true})
		require.NoError(r.t, err)
		require.Equal(r.t, store.Ended, ended.Decision)

		return
	}

	claim, err := r.store.Begin(r.t.Context(), store.BeginRequest{
		Job: job, Worker: "another", Lease: time.Minute, Ordered: true,
	})
	require.NoError(r.t, err)
	require.Equal(r.t, store.Begun, claim.Decision)

	_, err = r.store.Finish(r.t.Context(), store.FinishRequest{
		JobID: "forget", Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "forgotten", Status: store.StatusForgotten,
	})
	require.NoError(r.t, err)
}
