package fleet

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// worker is one worker's cool-downs of the program gold.
type worker struct {
	*coolDowns

	t      *testing.T
	pacer  *pace.Pacer
	pauses *control.Pauses
	ticks  chan time.Time
	log    *bytes.Buffer // read once keep has ended
	stop   func()
}

func newWorker(t *testing.T, js jetstream.JetStream, name string) *worker {
	t.Helper()

	bucket := control.New(js)
	clock := bucket.Clock()
	require.NoError(t, clock.Set(t.Context()))

	w := &worker{t: t, pacer: pace.NewPacer(pace.PacerOptions{Most: 1}), ticks: make(chan time.Time), log: &bytes.Buffer{}}
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	w.coolDowns = newCoolDowns(bucket, clock, name, map[string]*pace.Pacer{"gold": w.pacer}, time.Hour, logger)
	w.pauses = bucket.WatchPauses(func(ctx context.Context) error {
		_, err := jobs.Ensure(ctx, js, jobs.Topology{})
		return err
	}, slog.New(slog.DiscardHandler))
	w.pauses.OnCoolDowns(w.apply)
	require.NoError(t, w.pauses.Refresh(t.Context()))

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})

	go func() {
		defer close(ended)

		w.run(ctx, w.ticks)
	}()

	w.stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(w.stop)

	return w
}

// look has the worker look once.
func (w *worker) look() {
	w.t.Helper()
	require.NoError(w.t, w.pauses.Refresh(w.t.Context()))
}

// tick has the worker ask for the time, and returns when it has.
func (w *worker) tick() {
	w.ticks <- time.Now()

	w.ticks <- time.Now() // the second is taken when the first has been worked on
}

// closed reports for how long the worker takes no jobs.
func (w *worker) closed() time.Duration {
	atLeast, closed := w.pacer.Closed()
	if !closed {
		return 0
	}

	return atLeast
}

func newQueue(t *testing.T) jetstream.JetStream {
	t.Helper()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	return js
}

// One worker is told to pause, and all do.
func TestThrottledWorkerTellsTheOthers(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	told, other := newWorker(t, js, "told"), newWorker(t, js, "other")

	told.share("gold", time.Minute)
	eventually.True(t, func() bool {
		other.look()

		atLeast, closed := other.pacer.Closed()

		return closed && atLeast > 50*time.Second && atLeast <= time.Minute
	}, 20*time.Second, time.Millisecond)

	told.look()
	_, closed := told.pacer.Closed()
	require.False(t, closed, "its own word it does not need: the gate was closed when it was throttled")

	other.stop()
	require.Equal(t, 1, bytes.Count(other.log.Bytes(), []byte("cooling down with the other workers")))
}

// A pause that is over, and one of a program that the worker does not have, change nothing.
func TestPausesThatConcernNobody(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	bucket := control.New(js)

	for program, until := range map[string]time.Time{"gold": time.Now().Add(-time.Minute), "silver": time.Now().Add(time.Hour)} {
		require.NoError(t, bucket.CoolDown(t.Context(), control.CoolDown{Program: program, Until: until, By: "somebody"}))
	}

	w := newWorker(t, js, "w")
	w.look()
	_, closed := w.pacer.Closed()
	require.False(t, closed)
}

// While the bucket is away the worker keeps its own pauses, says so once, and goes on when it is back.
func TestCoolDownsWithoutABucket(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	w := newWorker(t, js, "w")
	require.NoError(t, js.DeleteKeyValue(t.Context(), jobs.BucketControl))
	w.share("gold", time.Minute)

	for range 3 {
		w.tick()
	}

	w.look() // makes the bucket, and has what could not be told be told again
	eventually.True(t, func() bool {
		all, err := w.bucket.CoolDowns(t.Context())
		return err == nil && len(all) == 1
	}, 20*time.Second, time.Millisecond)
	w.stop()
	require.LessOrEqual(t, bytes.Count(w.log.Bytes(), []byte("kept by this worker alone")), 1)
}

// What the API asks for once stops a program for as long as the bound. An operator lifts it, for workers that are there and for
// those that come.
func TestCoolDownIsLiftedByAnOperator(t *testing.T) {
	t.Parallel()

	gold := control.Lift{Program: "gold", By: "ana@host"}
	js := newQueue(t)
	bucket := control.New(js)
	told, other := newWorker(t, js, "told"), newWorker(t, js, "other")

	told.pacer.CoolDown(time.Hour)
	told.share("gold", time.Hour)
	eventually.True(t, func() bool {
		other.look()
		return other.closed() > 50*time.Minute
	}, 20*time.Second, time.Millisecond)

	late := newWorker(t, js, "late")
	require.Greater(t, late.closed(), 50*time.Minute, "a new worker keeps it from the start")

	lifted, err := bucket.LiftCoolDown(t.Context(), gold)
	require.NoError(t, err)
	require.Equal(t, "told", lifted.By)

	for _, w := range []*worker{told, other, late, newWorker(t, js, "new")} {
		w.look()
		require.Zero(t, w.closed(), w.by)
	}

	// The API asks again: that is another pause, which the mark of the last does not lift.
	told.pacer.CoolDown(time.Minute)
	told.look()
	require.Positive(t, told.closed())
	told.share("gold", time.Minute)
	eventually.True(t, func() bool {
		other.look()
		return other.closed() > 50*time.Second
	}, 20*time.Second, time.Millisecond)

	// It is lifted and asked for once more before a worker looks: nothing of the first is left.
	again, err := bucket.LiftCoolDown(t.Context(), gold)
	require.NoError(t, err)
	require.NotNil(t, again)

	require.NoError(t, bucket.CoolDown(t.Context(), control.CoolDown{Program: "gold", Until: time.Now().Add(10 * time.Second), By: "third"}))
	other.look()
	require.Positive(t, other.closed())
	require.LessOrEqual(t, other.closed(), 20*time.Second, "but for clocks that differ by a moment")

	_, err = bucket.LiftCoolDown(t.Context(), gold)
	require.NoError(t, err)

	none, err := bucket.LiftCoolDown(t.Context(), gold)
	require.NoError(t, err)
	require.Nil(t, none)
}

// A worker that could not tell the others of its pause is reached all the same, and one that begins keeps nothing that was lifted before.
func TestLiftReachesAWorkerThatKeepsItsPauseAlone(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	w := newWorker(t, js, "w")
	w.pacer.CoolDown(time.Hour)

	_, err := control.New(js).LiftCoolDown(t.Context(), control.Lift{Program: "gold"})
	require.NoError(t, err)
	w.look()
	require.Zero(t, w.closed())

	fresh := newWorker(t, js, "fresh")
	fresh.pacer.CoolDown(time.Hour) // after its first look, so after the mark
	fresh.look()
	require.Positive(t, fresh.closed())
}

// A pause of another worker, be it one with another bound or a wrong clock, is kept for the bound at most.
func TestPausesOfOthersAreBounded(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	w := newWorker(t, js, "w")
	until := time.Now().Add(1000 * time.Hour)
	require.NoError(t, control.New(js).CoolDown(t.Context(), control.CoolDown{Program: "gold", Until: until, By: "other"}))

	w.look()
	require.Positive(t, w.closed())
	require.LessOrEqual(t, w.closed(), time.Hour)
}
