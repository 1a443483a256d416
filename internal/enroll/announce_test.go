package enroll_test

import (
	"sync"
	"sync/atomic"
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
	"enroll.example/clicktopay/pkg/store"
)

// The worker is gone between commit and event, and the queue has forgotten that it ever delivered the job: its consumer was made
// anew, or its server killed. Before, the redelivery was taken for a repetition by the sender, and the event was never sent.
func TestAnEventIsNotLostWithTheMemoryOfTheQueue(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scenario int
		status   store.Status
		events   int
		letters  int
	}{
		"an event":                {0, store.StatusEnrolled, 1, 0},
		"an event and its letter": {51, store.StatusDead, 1, 1},
		"a letter":                {70, store.StatusInDoubt, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.once(enroll.Hold)

			nc := stacktest.Connect(t, r.server, nats.NoReconnect())
			js, err := jetstream.New(nc)
			require.NoError(t, err)

			cut := make(chan struct{})
			vanish := sync.OnceFunc(func() { nc.Close(); close(cut) })

			r.publish("job", sandbox.PAN(c.scenario, 1))
			r.startWith(js, cutAfterFinish{r.store, vanish}, r.client())
			<-cut

			require.Equal(t, c.status, r.row("job").Status)
			require.NoError(t, r.js.DeleteConsumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo")))
			_, err = jobs.Ensure(t.Context(), r.js, r.config.Topology)
			require.NoError(t, err)

			r.config.Name = "worker-2"
			stop := r.start()
			eventually.True(t, func() bool { return len(r.letters()) == c.letters && len(r.outcomes) == c.events }, patience, 5*time.Millisecond)
			stop()
			r.drained()
		})
	}
}

// However often an end is announced, and by whomever, it is under one id and with one content, to the byte.
func TestAnOutcomeIsAnnouncedTheSameEachTime(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.once(enroll.Resend)

	var (
		mu     sync.Mutex
		bodies = map[string][]string{}
	)

	_, err := r.js.Conn().Subscribe("enroll.*.>", func(msg *nats.Msg) {
		if id := msg.Header.Get(nats.MsgIdHdr); id != "" {
			mu.Lock()
			defer mu.Unlock()

			key := msg.Subject + " " + id
			bodies[key] = append(bodies[key], string(msg.Data))
		}
	})
	require.NoError(t, err)

	var published [][]byte

	for id, scenario := range map[string]int{"enrolled": 0, "rejected": 11, "dead": 51, "already": 1, "expired": 0} {
		job := r.seal(id, sandbox.PAN(scenario, 1))
		if id == "expired" {
			job.NotAfter = time.Unix(1, 0).UTC()
		}

		body, err := job.Encode()
		require.NoError(t, err)

		published = append(published, body)
		r.publishRaw("enroll.jobs.demo", body)
	}

	stop := r.start()
	r.outcomesOf(5)

	for range 2 {
		for _, body := range published {
			r.publishRaw("enroll.jobs.demo", body)
		}

		r.outcomesOf(5)
	}

	stop()
	r.drained()

	mu.Lock()
	defer mu.Unlock()

	events, letters := 0, 0

	for key, all := range bodies {
		switch {
		case key[:len("enroll.outcomes")] == "enroll.outcomes":
			events++

			require.Len(t, all, 3, key)
		case key[:len("enroll.dead")] == "enroll.dead":
			letters++

			require.Len(t, all, 3, key)
		default:
			continue
		}

		require.Equal(t, all[0], all[1], key)
		require.Equal(t, all[0], all[2], key)
	}

	require.Equal(t, 5, events)
	require.Equal(t, 1, letters)
}

// Any attempt that may have been processed makes a job that runs out of attempts, age or time one in doubt: plain redrive would
// enroll its card twice.
func TestAJobThatMayBeEnrolledDoesNotEndAsDead(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scenario int
		change   func(*enroll.Program)
		notAfter time.Duration
	}{
		"out of attempts, the last one without an answer":   {scenario: 70, change: func(p *enroll.Program) { p.MaxAttempts = 1 }},
		"out of age, the last one without an answer":        {scenario: 70, change: func(p *enroll.Program) { p.MaxAge = 1 }},
		"past its time, an earlier one without an answer":   {scenario: 70, notAfter: time.Hour},
		"out of attempts, all of them with a broken answer": {scenario: 81, change: func(p *enroll.Program) { p.MaxAttempts = 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.retryAfter(3 * time.Second)

			program := r.config.Programs["demo"]
			if c.change != nil {
				c.change(&program)
			}

			r.config.Programs["demo"] = program
			r.publishWith("job", sandbox.PAN(c.scenario, 1), func(j *jobs.Job) {
				if c.notAfter > 0 {
					j.NotAfter = time.Now().Add(c.notAfter)
				}
			})

			var late atomic.Bool // Postgres' clock is past the job's time

			stop := r.startWith(r.js, clockedLedger{r.store, func() time.Time {
				if late.Load() {
					return time.Now().Add(2 * c.notAfter)
				}

				return time.Now()
			}}, r.client())

			if c.notAfter > 0 {
				eventually.True(t, func() bool { return r.scheduled("job") == 1 }, patience, 5*time.Millisecond)
				late.Store(true)
			}

			eventually.True(t, func() bool { return len(r.letters()) == 1 }, patience, 5*time.Millisecond)
			stop()
			r.drained()

			require.Equal(t, store.StatusInDoubt, r.row("job").Status)
			require.Equal(t, "in_doubt", r.letters()[0].Status)
			require.Empty(t, r.outcomes)
		})
	}
}

// once gives a job one attempt.
func (r *rig) once(unknown enroll.OnUnknown) {
	program := r.config.Programs["demo"]
	program.MaxAttempts, program.OnUnknown = 1, unknown
	r.config.Programs = map[string]enroll.Program{"demo": program}
}
