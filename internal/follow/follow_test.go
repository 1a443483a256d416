package follow_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/follow"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const patience = 20 * time.Second

// viewRecorder is a view that a test looks through.
type viewRecorder chan follow.State

func (g viewRecorder) Show(s follow.State) { g <- s }

// until looks on until a state is as it should be.
func (g viewRecorder) until(t *testing.T, want func(follow.State) bool) follow.State {
	t.Helper()

	deadline := time.After(patience)

	for {
		select {
		case s := <-g:
			if want(s) {
				return s
			}
		case <-deadline:
			t.Fatal("it did not come")
		}
	}
}

// result is how a Run came to its end.
type result struct {
	state follow.State
	err   error
}

// ledger is a store that a test can have out of reach.
type ledger struct {
	*store.Store

	away atomic.Bool
}

var errAway = errors.New("connection refused")

func (l *ledger) Progress(ctx context.Context, batch string) (store.Progress, error) {
	if l.away.Load() {
		return store.Progress{}, errAway
	}

	return l.Store.Progress(ctx, batch)
}

func newLedger(t *testing.T) *ledger {
	t.Helper()

	s, err := store.Open(t.Context(), stacktest.Database(t), store.Options{FlushDelay: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.NoError(t, s.SaveBatch(t.Context(), store.Batch{
		ID: "june", Program: "demo", Source: "cards.csv", RowsRead: 2, RowsPublished: 2, CompletedAt: time.Now(),
	}))

	return &ledger{Store: s}
}

func (l *ledger) settle(t *testing.T, id string, status store.Status) {
	t.Helper()

	digest := sha256.Sum256([]byte(id))
	_, err := l.End(t.Context(), store.EndRequest{
		Job: store.Job{ID: id, Program: "demo", BatchID: "june", MessageDigest: digest[:]}, Status: status,
		Failure: store.Failure{Reason: "SOME_CODE"},
	})
	require.NoError(t, err)
}

func run(ctx context.Context, l follow.Ledger, fleet follow.Fleet, batch string) (viewRecorder, chan result) {
	view, end := make(viewRecorder), make(chan result, 1)

	go func() {
		state, err := follow.Run(ctx, l, fleet, follow.Options{Batch: batch, Every: 10 * time.Millisecond}, view)
		end <- result{state, err}
	}()

	return view, end
}

func TestABatchIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()

	l, server := newLedger(t), stacktest.NATS(t)
	js, err := jetstream.New(stacktest.Connect(t, server))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	bucket := control.New(js)
	require.NoError(t, bucket.Pause(t.Context(), control.Pause{Program: "demo", By: "ana"}))

	view, end := run(t.Context(), l, bucket, "june")

	noted := func(note string) func(follow.State) bool {
		return func(s follow.State) bool {
			for _, n := range s.Notes() {
				if len(n) >= len(note) && n[:len(note)] == note {
					return true
				}
			}

			return false
		}
	}

	view.until(t, noted("paused: demo, by ana"))
	l.settle(t, "june.1", store.StatusInvalid)
	require.EqualValues(t, 1, view.until(t, func(s follow.State) bool { return s.Progress.Settled() == 1 }).Queued())

	// What is known stays while nobody answers, and the view goes on.
	l.away.Store(true)
	s := view.until(t, noted("waiting for the database"))
	require.EqualValues(t, 1, s.Progress.Settled())
	require.Len(t, s.Codes, 1)
	l.away.Store(false)
	view.until(t, func(s follow.State) bool { return s.LedgerErr == nil })

	server.Stop()
	view.until(t, noted("the queue does not answer"))

	l.settle(t, "june.2", store.StatusExpired)
	view.until(t, follow.State.Done)

	last := <-end
	require.NoError(t, last.err)
	require.True(t, last.state.Done())
	require.False(t, last.state.AllSucceeded())
}

func TestFollowingEndsWhenItIsTold(t *testing.T) {
	t.Parallel()

	l := newLedger(t)
	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	view, end := run(ctx, l, control.New(js), "june")
	view.until(t, func(follow.State) bool { return true })
	stop()

	go func() { // whatever is shown on the way out
		for range view {
		}
	}()

	last := <-end
	require.ErrorIs(t, last.err, context.Canceled)
	require.EqualValues(t, 2, last.state.Total())

	_, end = run(t.Context(), l, control.New(js), "unknown")
	require.ErrorIs(t, (<-end).err, store.ErrNoBatch)
	close(view)
}

// While the ledger is away no reader can tell how far it is, which is no sign that it has stopped: not then, and not
// in the moment in which the ledger is back.
func TestTheTimeWithoutALedgerIsNotHeldAgainstTheReader(t *testing.T) {
	t.Parallel()

	l := newLedger(t)
	require.NoError(t, l.SaveBatch(t.Context(), store.Batch{ID: "july", Program: "demo", Source: "cards.csv", RowsRead: 1}))

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	var later atomic.Int64 // how long the test has been running already, as the view sees it

	ctx, cancel := context.WithCancel(t.Context())
	view, end := make(viewRecorder), make(chan result, 1)

	go func() {
		state, err := follow.Run(ctx, l, control.New(js), follow.Options{
			Batch: "july", Every: 10 * time.Millisecond,
			Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
		}, view)
		end <- result{state, err}
	}()

	stopped := func(s follow.State) bool {
		return strings.Contains(strings.Join(s.Notes(), ""), "the reader of the file")
	}

	view.until(t, func(s follow.State) bool { return s.LedgerErr == nil })
	l.away.Store(true)
	view.until(t, func(s follow.State) bool { return s.LedgerErr != nil })
	later.Store(int64(time.Minute))

	begin := time.Now().Add(time.Minute)
	away := view.until(t, func(s follow.State) bool { return !s.At.Before(begin) })
	require.ErrorIs(t, away.LedgerErr, errAway)
	require.False(t, stopped(away))

	l.away.Store(false)
	require.False(t, stopped(view.until(t, func(s follow.State) bool { return s.LedgerErr == nil })))

	later.Store(int64(2 * time.Minute))
	view.until(t, stopped) // now it has been silent for a minute although it could have told

	cancel()

	for {
		select {
		case <-view:
		case last := <-end:
			require.ErrorIs(t, last.err, context.Canceled)
			return
		}
	}
}

// fakeQueue is a queue that a test has say where its jobs are.
type fakeQueue struct{ last, oldest atomic.Uint64 }

func (q *fakeQueue) NewJobs(context.Context, string) (jobs.NewJobs, error) {
	return jobs.NewJobs{Last: q.last.Load(), Oldest: q.oldest.Load()}, nil
}

// What no worker has seen and the queue does not hold any more is not waited for.
func TestABatchWhoseJobsAreLostComesToAnEnd(t *testing.T) {
	t.Parallel()

	l := newLedger(t)
	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	queue := &fakeQueue{}
	queue.last.Store(7)
	queue.oldest.Store(6)

	view, end := make(viewRecorder), make(chan result, 1)

	go func() {
		state, err := follow.Run(t.Context(), l, control.New(js), follow.Options{
			Batch: "june", Every: 10 * time.Millisecond, Now: time.Now, Queue: queue,
		}, view)
		end <- result{state, err}
	}()

	l.settle(t, "1", store.StatusEnrolled)

	for range 5 {
		waits := view.until(t, func(s follow.State) bool { return s.Progress.Settled() == 1 })
		require.Zero(t, waits.Lost)
		require.EqualValues(t, 1, waits.Queued())
	}

	queue.last.Store(20) // others come
	queue.oldest.Store(8)

	last := view.until(t, follow.State.Done)
	require.EqualValues(t, 1, last.Lost)
	require.Zero(t, last.Queued())
	require.False(t, last.AllSucceeded())
	require.Contains(t, strings.Join(last.Notes(), ""), "1 jobs are lost")
	require.NoError(t, (<-end).err)
}
