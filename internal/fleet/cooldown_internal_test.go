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
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// worker is one worker's cool-downs of the program gold.
type worker struct {
	*coolDowns

	pacer *pace.Pacer
	ticks chan time.Time
	log   *bytes.Buffer // read once keep has ended
	stop  func()
}

func newWorker(t *testing.T, js jetstream.JetStream, name string) *worker {
	t.Helper()

	bucket := control.New(js)
	clock := bucket.Clock()
	require.NoError(t, clock.Set(t.Context()))

	w := &worker{pacer: pace.NewPacer(pace.PacerOptions{Most: 1}), ticks: make(chan time.Time), log: &bytes.Buffer{}}
	w.coolDowns = newCoolDowns(bucket, clock, name, map[string]*pace.Pacer{"gold": w.pacer}, slog.New(slog.NewTextHandler(w.log, nil)))

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})

	go func() {
		defer close(ended)

		w.keep(ctx, w.ticks)
	}()

	w.stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(w.stop)

	return w
}

// tick has the worker look, and returns when it has.
func (w *worker) tick() {
	w.ticks <- time.Now()

	w.ticks <- time.Now() // the second is taken when the first has been worked on
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

	told.tell("gold", time.Minute)
	require.Eventually(t, func() bool {
		other.tick()

		atLeast, closed := other.pacer.Closed()

		return closed && atLeast > 50*time.Second && atLeast <= time.Minute
	}, 20*time.Second, time.Millisecond)

	told.tick()
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
	w.tick()
	_, closed := w.pacer.Closed()
	require.False(t, closed)
}

// While the bucket is away the worker keeps its own pauses, says so once, and goes on when it is back.
func TestCoolDownsWithoutABucket(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	w := newWorker(t, js, "w")
	require.NoError(t, js.DeleteKeyValue(t.Context(), jobs.BucketControl))
	w.tell("gold", time.Minute)

	for range 3 {
		w.tick()
	}

	_, err := jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)
	w.tick()
	w.stop()
	require.LessOrEqual(t, bytes.Count(w.log.Bytes(), []byte("kept by this worker alone")), 1)
}
