package control_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
)

// announced is a worker that tells of itself when the test ticks.
type announced struct {
	ticks chan time.Time
	stop  func()

	mu  sync.Mutex
	now control.Presence
}

func (d *desk) announce(p control.Presence) *announced {
	a := &announced{ticks: make(chan time.Time), now: p}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})

	go func() {
		d.bucket.Announce(ctx, a.ticks, a.describe, slog.New(slog.NewTextHandler(d.log, nil)))
		close(ended)
	}()

	a.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	d.t.Cleanup(a.stop)

	return a
}

func (a *announced) describe() control.Presence {
	a.mu.Lock()
	defer a.mu.Unlock()

	return a.now
}

func (a *announced) change(change func(*control.Presence)) {
	a.mu.Lock()
	defer a.mu.Unlock()

	change(&a.now)
}

// tick lets the worker look n times; when it returns, all looks before the last have been dealt with.
func (a *announced) tick(n int) {
	for range n {
		a.ticks <- noon()
	}
}

func TestWorkerIsThereUntilItStops(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	a := d.announce(control.Presence{Worker: "host.example-1", Started: noon(), Programs: []control.ProgramPresence{{Name: "gold", MaxInFlight: 64}}, InFlight: 3})
	a.tick(1)

	workers := d.status().Workers
	require.Len(t, workers, 1)
	require.False(t, workers[0].Gone)
	require.WithinDuration(t, d.status().At, workers[0].LastSeen, control.GoneAfter)
	require.Equal(t, control.Presence{Worker: "host.example-1", Started: noon(), Programs: []control.ProgramPresence{{Name: "gold", MaxInFlight: 64}}, InFlight: 3}, workers[0].Presence)

	a.stop()
	require.Empty(t, d.status().Workers)
}

// A worker that stops in order is restarted most often: its programs are known for as long as those of one that was killed. Before,
// they were forgotten at once, and others ended the jobs that only it could work on.
func TestTheProgramsOfAWorkerThatStoppedStayKnown(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	a := d.announce(control.Presence{Worker: "host.example-1", Programs: []control.ProgramPresence{{Name: "gold"}, {Name: "silver"}}})
	a.tick(1)
	a.stop()

	d.put("worker.killed", `{"worker": "killed", "programs": [{"name": "bronze"}]}`)
	d.put("left.unreadable", `{`)

	known := func(after time.Duration) map[string]bool {
		programs, err := d.bucket.KnownPrograms(t.Context(), d.status().At.Add(after))
		require.NoError(t, err)

		return programs
	}

	require.Equal(t, map[string]bool{"gold": true, "silver": true, "bronze": true}, known(0))
	require.Equal(t, map[string]bool{"gold": true, "silver": true, "bronze": true}, known(59*time.Minute))
	require.Empty(t, known(time.Hour))

	require.NoError(t, control.SweepAt(d.bucket, t.Context(), d.status().At.Add(59*time.Minute)))
	require.Len(t, known(0), 3)
	require.NoError(t, control.SweepAt(d.bucket, t.Context(), d.status().At.Add(time.Hour)))
	require.Empty(t, known(0), "nothing stays in the bucket for ever")
}

// A halt is told at the next look, numbers only with the next renewal.
func TestHaltIsToldAtOnce(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	a := d.announce(control.Presence{Worker: "w"})
	a.tick(1)

	a.change(func(p *control.Presence) { p.InFlight = 1 })
	a.tick(2)
	require.Zero(t, d.status().Workers[0].InFlight)

	a.change(func(p *control.Presence) {
		p.Programs = []control.ProgramPresence{{Name: "gold", Halt: &control.Stop{
			Reason: "card 5204731600014784: AUTHENTICATION_FAILED", Since: noon(), NextProbe: noon().Add(time.Second),
		}}}
	})
	a.tick(2)

	worker := d.status().Workers[0]
	require.Equal(t, 1, worker.InFlight)
	require.Contains(t, worker.Programs[0].Halt.Reason, "AUTHENTICATION_FAILED")
	require.NotContains(t, worker.Programs[0].Halt.Reason, "31600014784")
	require.Equal(t, noon(), worker.Programs[0].Halt.Since)

	a.change(func(p *control.Presence) { p.Programs = nil; p.InFlight = 2 })
	a.tick(2)
	require.Empty(t, d.status().Workers[0].Programs)

	a.change(func(p *control.Presence) { p.InFlight = 7 })
	a.tick(6)
	require.Equal(t, 7, d.status().Workers[0].InFlight)
}

// A worker that says nothing more is gone after a while, forgotten after a
// longer one; its entry does not stay in the bucket for ever, nor is a younger one removed with it.
func TestWorkerThatIsKilled(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.put("worker.killed", `{"worker": "killed", "in_flight": 5}`)

	for _, c := range []struct {
		after       time.Duration
		gone, known bool
	}{
		{control.GoneAfter - time.Second, false, true},
		{control.GoneAfter + time.Second, true, true},
		{59 * time.Minute, true, true},
		{61 * time.Minute, true, false},
	} {
		workers, err := d.bucket.Workers(t.Context(), d.status().At.Add(c.after))
		require.NoError(t, err)

		if !c.known {
			require.Empty(t, workers, c.after)
			continue
		}

		require.Len(t, workers, 1, c.after)
		require.Equal(t, c.gone, workers[0].Gone, c.after)
	}

	require.NoError(t, control.SweepAt(d.bucket, t.Context(), d.status().At.Add(59*time.Minute)))
	require.Len(t, d.status().Workers, 1)
	require.NoError(t, control.SweepAt(d.bucket, t.Context(), d.status().At.Add(time.Hour)))
	require.Empty(t, d.status().Workers)
}

// The bucket is deleted under a worker: it tells that, and is there again as soon as the bucket is.
func TestPresenceOutlivesItsBucket(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	a := d.announce(control.Presence{Worker: "w"})
	a.tick(1)

	d.deleteBucket()
	a.tick(renewals(2))
	require.Equal(t, 1, d.log.Count("could not be told"), d.log)

	d.refresh() // makes it again
	a.tick(2)
	require.Len(t, d.status().Workers, 1)
}

// renewals is the number of ticks in which a worker certainly renews its entry n times.
func renewals(n int) int { return n*5 + 1 }

func TestEntryOfAnotherVersion(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.put("worker.w1", `{"worker": 5}`)
	d.put("worker.w2", `nothing`)
	d.put("worker.w3", `{"worker": "w3", "new_member": {}}`)

	workers := d.status().Workers
	require.Len(t, workers, 3)

	for i, worker := range workers {
		require.Equal(t, fmt.Sprintf("w%d", i+1), worker.Worker)
	}
}

// Any name can be a worker's, and two names never share an entry.
func TestWorkerNames(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	names := []string{"a", "a.b", "a..b", ".", "a=2Eb", "a b", "ä", ">", "*"}

	for _, name := range names {
		d.announce(control.Presence{Worker: name}).tick(1)
	}

	seen := make([]string, 0, len(names))
	for _, worker := range d.status().Workers {
		seen = append(seen, worker.Worker)
	}

	require.ElementsMatch(t, names, seen)
}

func TestStatusCountsTheQueue(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	d.announce(control.Presence{Worker: "w", Programs: []control.ProgramPresence{{Name: "gold"}}}).tick(1)

	for _, subject := range []string{"enroll.jobs.gold", "enroll.jobs.silver"} {
		_, err := d.js.Publish(t.Context(), subject, nil)
		require.NoError(t, err)
	}

	require.Len(t, d.status().Queue.Programs, 2)
	eventually.True(t, func() bool { // the server counts what a consumer has before it a moment later
		return slices.Equal([]string{"silver"}, d.status().Unserved())
	}, time.Minute, time.Millisecond)
}
