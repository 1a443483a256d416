package control_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

func TestPauseOfOneProgramLeavesTheOthers(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.refresh()
	require.Empty(t, d.paused("gold", "silver", "all", ""))

	d.pause("gold")
	d.refresh()
	require.Equal(t, []string{"gold"}, d.paused("gold", "silver", ""))
	require.NoError(t, d.pauses.Wait(t.Context(), "silver"))
	require.NoError(t, d.pauses.Wait(t.Context(), ""), "not everything is paused")

	require.Equal(t, &control.Pause{Program: "gold", By: "ana@host", At: noon(), Why: "test"}, d.resume("gold"))
	d.refresh()
	require.Empty(t, d.paused("gold", "silver", ""))
	require.Nil(t, d.resume("gold"), "it was not paused any more")
}

// A program may have the name under which everything is paused.
func TestPauseOfAProgramNamedAll(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.pause("all")
	d.refresh()
	require.Equal(t, []string{"all"}, d.paused("all", "gold", ""))
}

func TestPauseOfEverything(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.pause("")
	d.pause("gold")
	d.refresh()
	require.Equal(t, []string{"gold", "silver", ""}, d.paused("gold", "silver", ""))

	waited := make(chan error, 1)
	go func() { waited <- d.pauses.Wait(t.Context(), "silver") }()

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, d.pauses.Wait(stopped, "gold"), context.Canceled)
	require.Empty(t, waited)

	d.resume("")
	d.refresh()
	require.NoError(t, <-waited)
	require.Equal(t, []string{"gold"}, d.paused("gold", "silver", ""), "its own pause stays")
}

func TestPausesAreListed(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.pause("silver")
	d.pause("gold")
	d.pause("")
	d.resume("silver")

	pauses, err := d.bucket.Pauses(t.Context())
	require.NoError(t, err)
	require.Equal(t, []control.Pause{
		{By: "ana@host", At: noon(), Why: "test"},
		{Program: "gold", By: "ana@host", At: noon(), Why: "test"},
	}, pauses)
}

func TestPauseKeepsNoCardNumber(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	require.NoError(t, d.bucket.Pause(t.Context(), control.Pause{Program: "gold", Why: "card 5204731600014784 fails"}))

	pauses, err := d.bucket.Pauses(t.Context())
	require.NoError(t, err)
	require.NotContains(t, pauses[0].Why, "31600014784")
}

func TestPauseOfWhatCannotBeAProgram(t *testing.T) {
	t.Parallel()

	d := newDesk(t)

	for _, name := range []string{"Gold", "a.b", ">", "*", "a b"} {
		require.ErrorContains(t, d.bucket.Pause(t.Context(), control.Pause{Program: name}), "cannot be the name of a program")

		_, err := d.bucket.Resume(t.Context(), name)
		require.ErrorContains(t, err, "cannot be the name of a program")
	}
}

// What stands under a key of a pause is a pause, whatever it says.
func TestPauseThatCannotBeRead(t *testing.T) {
	t.Parallel()

	for name, value := range map[string]string{
		"empty": "", "no JSON": "{", "another type": `[1]`, "another program": `{"program": "silver"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDesk(t)
			d.put("pause.program.gold", value)
			d.refresh()
			require.Equal(t, []string{"gold"}, d.paused("gold", "silver", ""))

			pauses, err := d.bucket.Pauses(t.Context())
			require.NoError(t, err)
			require.Len(t, pauses, 1)
			require.Equal(t, "gold", pauses[0].Program)
			require.NotZero(t, pauses[0].At)
		})
	}
}

// The bucket is deleted under a worker: what was paused stays so, and is there
// again for workers that start later; what was resumed is not.
func TestPausesOutliveTheirBucket(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.pause("gold")
	d.pause("silver")
	d.refresh()
	d.resume("silver")
	d.refresh()

	d.deleteBucket()
	d.refresh()
	require.Equal(t, []string{"gold"}, d.paused("gold", "silver", ""))

	later := d.follow()
	require.NoError(t, later.Refresh(t.Context()))
	require.True(t, later.Paused("gold"))
	require.False(t, later.Paused("silver"))

	require.NotNil(t, d.resume("gold"))
	d.refresh()
	require.Empty(t, d.paused("gold", "silver", ""))
}

// Two workers knew a pause; the word that an operator gives in the new bucket counts, not their memory.
func TestWordInTheNewBucketCounts(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	other := d.follow()

	d.pause("gold")
	d.refresh()
	require.NoError(t, other.Refresh(t.Context()))

	d.deleteBucket()
	require.NoError(t, d.ensure(t.Context()))
	require.Nil(t, d.resume("gold"))

	d.refresh()
	require.NoError(t, other.Refresh(t.Context()))
	require.False(t, d.pauses.Paused("gold"))
	require.False(t, other.Paused("gold"))
}

func TestNoBucket(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.deleteBucket()

	require.ErrorIs(t, d.bucket.Pause(t.Context(), control.Pause{}), control.ErrNoBucket)
	_, err := d.bucket.Resume(t.Context(), "")
	require.ErrorIs(t, err, control.ErrNoBucket)
	_, err = d.bucket.Pauses(t.Context())
	require.ErrorIs(t, err, control.ErrNoBucket)
	_, err = d.bucket.Status(t.Context())
	require.ErrorIs(t, err, control.ErrNoBucket)
}

// The queue goes away and comes back: pauses stay meanwhile, a word given after is heard, and the log tells it once.
func TestPausesWhileTheQueueIsAway(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir, Listen: "127.0.0.1:0"})
	require.NoError(t, err)

	address := server.URL()
	js := connect(t, address)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	log := &parts.Log{}
	bucket := control.New(js)
	pauses := bucket.WatchPauses(func(context.Context) error { return nil }, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, bucket.Pause(t.Context(), control.Pause{Program: "gold"}))
	require.NoError(t, pauses.Refresh(t.Context()))

	ctx, cancel := context.WithCancel(t.Context())
	ticks, kept := make(chan time.Time), make(chan struct{})

	go func() {
		pauses.Run(ctx, ticks)
		close(kept)
	}()

	server.Stop()

	ticks <- noon()
	ticks <- noon() // taken when the first has failed

	require.True(t, pauses.Paused("gold"))
	require.Equal(t, 1, log.Count("cannot be read"))

	server, err = stack.StartNATS(t.Context(), stack.NATSOptions{Dir: dir, Listen: address[len("nats://"):]})
	require.NoError(t, err)
	t.Cleanup(server.Stop)

	operator := control.New(connect(t, address))
	_, err = operator.Resume(t.Context(), "gold")
	require.NoError(t, err)

	for pauses.Paused("gold") {
		select {
		case ticks <- noon():
		case <-time.After(time.Minute):
			t.Fatal("the worker does not hear")
		}
	}

	ticks <- noon()

	cancel()
	<-kept
	require.Equal(t, 1, log.Count("cannot be read;"), log)
	require.Equal(t, 1, log.Count("can be read again"), log)
}

func connect(t *testing.T, url string) jetstream.JetStream {
	t.Helper()

	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)

	return js
}
