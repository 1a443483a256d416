package enroll_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// batchLane puts the program on the batch lane, with batches of ten.
func (r *rig) batchLane(changes ...func(*enroll.Program)) {
	r.setProgram(func(p *enroll.Program) {
		p.Lane, p.BatchRecords, p.BatchWait = enroll.LaneBatch, 10, enroll.Duration(200*time.Millisecond)
		p.BatchPoll, p.BatchDeadline = enroll.Duration(20*time.Millisecond), enroll.Duration(time.Minute)

		for _, change := range changes {
			change(p)
		}
	})
}

// countedAPI counts the calls by operation.
type countedAPI struct {
	enroll.API

	mu      sync.Mutex
	batches []int // records of each
	polls   int
}

func (c *countedAPI) EnrollBatch(ctx context.Context, r mastercard.BatchRequest) mastercard.BatchAnswer {
	c.mu.Lock()
	c.batches = append(c.batches, len(r.Records))
	c.mu.Unlock()

	return c.API.EnrollBatch(ctx, r)
}

func (c *countedAPI) BatchStatus(ctx context.Context, r mastercard.BatchStatusRequest) mastercard.BatchStatusAnswer {
	c.mu.Lock()
	c.polls++
	c.mu.Unlock()

	return c.API.BatchStatus(ctx, r)
}

// publishCards publishes a job for each scenario, named for its place.
func (r *rig) publishCards(scenarios ...int) {
	for i, scenario := range scenarios {
		r.publish(fmt.Sprintf("job-%02d", i), sandbox.PAN(scenario, i+1))
	}
}

func TestManyCardsAreEnrolledByOneCall(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	// So long that a batch is full before, on a machine that many tests keep busy as well.
	r.batchLane(func(p *enroll.Program) { p.BatchWait = enroll.Duration(3 * time.Second) })
	r.publishCards(make([]int, 25)...)

	api := &countedAPI{API: r.client()}
	stop := r.startWith(r.js, r.store, api)
	outcomes := r.outcomesOf(25)
	stop()
	r.drained()

	for id, outcome := range outcomes {
		require.Equal(t, string(store.StatusEnrolled), outcome.Status, id)
		require.NotEmpty(t, outcome.SrcDigitalCardID)
		require.Equal(t, outcome.SrcDigitalCardID, r.row(id).SrcDigitalCardID)
		require.NotEmpty(t, r.row(id).APIBatchID)
		require.Equal(t, 1, outcome.Attempts)
	}

	require.Equal(t, []int{5, 10, 10}, slices.Sorted(slices.Values(api.batches)))
	require.GreaterOrEqual(t, api.polls, 3)

	open, err := r.store.OpenAPIBatches(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestEachRecordOfABatchEndsAsItsResultSays(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		program   func(*enroll.Program)
		scenarios []int
		want      []store.Status
		attempts  []int
	}{
		"a record is refused": {
			scenarios: []int{0, 10, 0, 1, 12},
			want: []store.Status{
				store.StatusEnrolled, store.StatusRejected, store.StatusEnrolled, store.StatusAlreadyEnrolled, store.StatusRejected,
			},
			attempts: []int{1, 1, 1, 1, 1},
		},
		"a batch is refused for one record": {
			scenarios: []int{0, 0, 15, 0, 0, 0, 0},
			want: []store.Status{
				store.StatusEnrolled, store.StatusEnrolled, store.StatusRejected, store.StatusEnrolled, store.StatusEnrolled,
				store.StatusEnrolled, store.StatusEnrolled,
			},
			attempts: []int{1, 1, 1, 1, 1, 1, 1},
		},
		"a batch fails as a whole when it is processed": {
			scenarios: []int{0, 45, 0},
			want:      []store.Status{store.StatusEnrolled, store.StatusRejected, store.StatusEnrolled},
			attempts:  []int{2, 2, 2},
		},
		"a record is missing in the results, and is sent again": {
			scenarios: []int{0, 43},
			want:      []store.Status{store.StatusEnrolled, store.StatusInDoubt},
			attempts:  []int{1, 3},
		},
		"a record is missing in the results, and is held": {
			program:   func(p *enroll.Program) { p.OnUnknown = enroll.Hold },
			scenarios: []int{0, 43},
			want:      []store.Status{store.StatusEnrolled, store.StatusInDoubt},
			attempts:  []int{1, 1},
		},
		"a batch is never done": {
			program: func(p *enroll.Program) {
				p.OnUnknown, p.BatchDeadline = enroll.Hold, enroll.Duration(300*time.Millisecond)
			},
			scenarios: []int{0, 44},
			want:      []store.Status{store.StatusInDoubt, store.StatusInDoubt},
			attempts:  []int{1, 1},
		},
		"the question for a batch is answered 429": {
			scenarios: []int{0, 46}, want: []store.Status{store.StatusEnrolled, store.StatusEnrolled}, attempts: []int{1, 1},
		},
		"the question for a batch is answered 500": {
			scenarios: []int{0, 47}, want: []store.Status{store.StatusEnrolled, store.StatusEnrolled}, attempts: []int{1, 1},
		},
		"the answer to the question for a batch is cut": {
			scenarios: []int{0, 48}, want: []store.Status{store.StatusEnrolled, store.StatusEnrolled}, attempts: []int{1, 1},
		},
		"a record is in the results twice": {
			scenarios: []int{0, 49}, want: []store.Status{store.StatusEnrolled, store.StatusEnrolled}, attempts: []int{1, 1},
		},
		"a batch is answered 500 once": {
			scenarios: []int{0, 50}, want: []store.Status{store.StatusEnrolled, store.StatusEnrolled}, attempts: []int{2, 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.batchLane(func(p *enroll.Program) {
				if c.program != nil {
					c.program(p)
				}
			})
			r.publishCards(c.scenarios...)
			stop := r.start()

			for i, want := range c.want {
				id := fmt.Sprintf("job-%02d", i)
				r.stands(id, want)
				require.Equal(t, c.attempts[i], r.row(id).Attempts, id)
			}

			stop()
			r.drained()
		})
	}
}

// Cards that have the same keys at the issuer cannot be told apart in one batch.
func TestJobsThatTheAPICouldNotTellApartAreInTwoBatches(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.batchLane()

	for i := range 3 {
		r.publishWith(fmt.Sprintf("job-%02d", i), sandbox.PAN(0, i+1), func(j *jobs.Job) {
			j.ExternalConsumerID, j.ExternalCardID = "consumer", "card"
		})
	}

	api := &countedAPI{API: r.client()}
	r.startWith(r.js, r.store, api)

	for id, outcome := range r.outcomesOf(3) {
		require.Equal(t, string(store.StatusEnrolled), outcome.Status, id)
	}

	require.Equal(t, []int{1, 1, 1}, api.batches)
}

// The table of docs/decisions.md: what a batch comes to when its worker dies between any two steps.
func TestABatchSurvivesItsWorker(t *testing.T) {
	t.Parallel()

	for step, c := range map[enroll.Step]struct {
		// attempts that each job may have had, and how often its card may have been enrolled.
		attempts, effects int
	}{
		enroll.StepClaimed:   {attempts: 2, effects: 1},
		enroll.StepCalled:    {attempts: 2, effects: 2},
		enroll.StepCommitted: {attempts: 1, effects: 1},
		enroll.StepPublished: {attempts: 1, effects: 1},
		enroll.StepPolled:    {attempts: 1, effects: 1},
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.batchLane(func(p *enroll.Program) { p.BatchPoll = enroll.Duration(time.Second) })
			r.config.Lease, r.config.Grace = time.Second, time.Millisecond

			nc := stacktest.Connect(t, r.server, nats.NoReconnect())
			js, err := jetstream.New(nc)
			require.NoError(t, err)

			const n = 6

			r.publishCards(make([]int, n)...)

			first, err := store.Open(t.Context(), r.database, store.Options{})
			require.NoError(t, err)
			t.Cleanup(first.Close)

			cut := make(chan struct{})
			die := sync.OnceFunc(func() {
				nc.Close()
				first.Close()
				close(cut)
			})

			reached := r.config.Reached
			r.config.Reached = func(at enroll.Step) {
				if at == step {
					die()
				}
			}

			r.startWith(js, gone{first}, cutAPI{r.client(), cut})
			<-cut

			r.config.Name, r.config.Reached = "worker-2", reached
			stop := r.start()

			for id, outcome := range r.outcomesOf(n) {
				require.Equal(t, string(store.StatusEnrolled), outcome.Status, id)
				require.LessOrEqual(t, outcome.Attempts, c.attempts, id)
			}

			r.drained() // where jobs are asked for twice, the second message comes later
			stop()

			for i := range n {
				require.LessOrEqual(t, r.sandbox.Ledger().Effects(sandbox.PAN(0, i+1)), c.effects)
			}
		})
	}
}

// cutAPI is the API of a worker that is no more: what it has not sent yet is not sent.
type cutAPI struct {
	enroll.API

	cut <-chan struct{}
}

func (c cutAPI) EnrollBatch(ctx context.Context, r mastercard.BatchRequest) mastercard.BatchAnswer {
	select {
	case <-c.cut:
		return mastercard.BatchAnswer{Answer: mastercard.Answer{Verdict: mastercard.Unknown}}
	default:
		return c.API.EnrollBatch(ctx, r)
	}
}

// The message that asks for a batch is lost: the jobs are in doubt once their result should have been there.
func TestJobsOfABatchThatTheQueueHasLostAreInDoubt(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.batchLane(func(p *enroll.Program) {
		p.BatchPoll, p.BatchDeadline = enroll.Duration(time.Minute), enroll.Duration(time.Hour)
	})
	r.publishCards(0, 0, 0)
	stop := r.start()

	for i := range 3 {
		r.stands(fmt.Sprintf("job-%02d", i), store.StatusSubmitted)
	}

	r.awaitEmptyQueue()
	stop()

	stream, err := r.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)

	sweeper := enroll.NewSweeper(r.js, r.store, enroll.SweepOptions{})
	sweep := func() enroll.Swept {
		swept, err := sweeper.Sweep(t.Context())
		require.NoError(t, err)

		return swept
	}

	require.Zero(t, sweep().Overdue, "not before its time")

	r.exec(`UPDATE enrollments SET next_attempt_at = now() - interval '1 hour', updated_at = now() - interval '2 hours'`)

	for range 3 {
		require.Zero(t, sweep().Lost, "its message is there")
	}

	require.NoError(t, stream.Purge(t.Context()))

	lost := 0
	for range 4 {
		lost += sweep().Lost
	}

	require.Equal(t, 3, lost)

	for i := range 3 {
		outcome := r.row(fmt.Sprintf("job-%02d", i))
		require.Equal(t, store.StatusInDoubt, outcome.Status)
		require.Contains(t, outcome.Failure.Message, outcome.APIBatchID)
	}
}

// A canceled batch of a file stops what is not submitted. What is gets its result.
func TestACanceledBatchKeepsWhatIsSubmitted(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.batchLane(func(p *enroll.Program) { p.BatchPoll = enroll.Duration(time.Second) })
	r.publishCards(0, 0)
	stop := r.start()

	for i := range 2 {
		r.stands(fmt.Sprintf("job-%02d", i), store.StatusSubmitted)
	}

	_, err := r.store.CancelBatch(t.Context(), "b1", "ana", "")
	require.NoError(t, err)
	r.publish("job-99", sandbox.PAN(0, 99))

	outcomes := r.outcomesOf(3)
	require.Equal(t, []string{"canceled", "enrolled", "enrolled"}, slices.Sorted(maps.Values(statusesOf(outcomes))))
	require.Equal(t, "canceled", outcomes["job-99"].Status)
	stop()
	r.drained()
}

func statusesOf(outcomes map[string]jobs.Outcome) map[string]string {
	all := make(map[string]string, len(outcomes))
	for id, outcome := range outcomes {
		all[id] = outcome.Status
	}

	return all
}

// A card's number that the API repeats in a record's error is nowhere.
func TestNoNumberOfABatchIsKept(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.batchLane()
	r.publishCards(0, 38)
	stop := r.start()
	r.stands("job-01", store.StatusRejected)
	r.stands("job-00", store.StatusEnrolled)
	stop()
	r.requireNowhere(sandbox.PAN(38, 2))
	require.Contains(t, r.row("job-01").Failure.Message, "The PAN of *** is ineligible")

	eventually.True(t, func() bool { return len(r.letters()) == 0 }, patience, time.Millisecond)
}

// The number is known without opening the job's seal again: the poll brings it, and keeps it when it asks again.
func TestAPollBringsTheNumbers(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.batchLane(func(p *enroll.Program) { p.BatchPoll = enroll.Duration(time.Second) })
	r.publishCards(0, 38)
	stop := r.start()

	stream, err := r.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)

	var poll jobs.Poll

	eventually.True(t, func() bool {
		message, err := stream.GetLastMsgForSubject(t.Context(), "enroll.retry.demo.*.*")
		if err == nil && message != nil {
			poll, err = jobs.DecodePoll(message.Data)
		}

		return err == nil && len(poll.Jobs) == 2
	}, patience, time.Millisecond)

	r.config.Keys().OpenNumbers(poll)

	var last4 []string
	for _, job := range poll.Jobs {
		last4 = append(last4, job.Number.Last4())
	}

	slices.Sort(last4)
	want := []string{sandbox.PAN(0, 1)[12:], sandbox.PAN(38, 2)[12:]}
	slices.Sort(want)
	require.Equal(t, want, last4)

	r.stands("job-01", store.StatusRejected)
	stop()
	r.requireNowhere(sandbox.PAN(38, 2))
}
