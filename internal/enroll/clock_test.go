package enroll_test

import (
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
	"enroll.example/clicktopay/pkg/store"
)

// clocks are how far the clocks of a test are ahead of the machine's. The queue's is the machine's, so one of the queue that
// differs is written as all others that differ.
type clocks struct{ worker, postgres time.Duration }

// pairs are all pairs of the worker's, the queue's and Postgres' clock, either ahead.
func pairs(by time.Duration) map[string]clocks {
	return map[string]clocks{
		"worker ahead of queue and Postgres by ":  {worker: by},
		"worker behind queue and Postgres by ":    {worker: -by},
		"Postgres ahead of queue and worker by ":  {postgres: by},
		"Postgres behind queue and worker by ":    {postgres: -by},
		"queue behind worker and Postgres by ":    {worker: by, postgres: by},
		"queue ahead of worker and Postgres by ":  {worker: -by, postgres: -by},
		"worker and Postgres on either side, by ": {worker: by, postgres: -by},
	}
}

// Whatever clock is wrong, and by how much: retries come when they are due, no job is lost, none burned, and the row and
// the event tell one time.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()

	for _, by := range []time.Duration{2 * time.Second, 2 * time.Minute, 2 * time.Hour} {
		for name, c := range pairs(by) {
			t.Run(name+by.String(), func(t *testing.T) {
				t.Parallel()

				r := newRig(t)
				r.setClocks(c)
				r.retryAfter(300 * time.Millisecond)

				r.publish("good", sandbox.PAN(0, 1))
				r.publish("retried", sandbox.PAN(50, 1))
				r.publishWith("current", sandbox.PAN(0, 2), func(j *jobs.Job) { j.NotAfter = time.Now().Add(c.postgres + time.Hour) })
				r.publishWith("late", sandbox.PAN(0, 3), func(j *jobs.Job) { j.NotAfter = time.Now().Add(c.postgres - time.Second) })

				stop := r.start()
				outcomes := r.outcomesOf(4)

				stop()
				r.drained()

				for id, status := range map[string]store.Status{
					"good": store.StatusEnrolled, "retried": store.StatusEnrolled, "current": store.StatusEnrolled, "late": store.StatusExpired,
				} {
					row := r.row(id)
					require.Equal(t, status, row.Status, "%s: %+v", id, row)
					require.Equal(t, row.CompletedAt, outcomes[id].CompletedAt.UTC(), "event and row")
				}

				require.Equal(t, 2, r.row("retried").Attempts)
				require.Empty(t, r.letters())
			})
		}
	}
}

// A schedule that fires early by hours is not its job's end: the message waits in the queue until Postgres says that it is due.
// Before, the retry was scheduled again under the same id, called a duplicate, and acknowledged: nothing was left of the job.
func TestARetryThatFiresEarlyIsKept(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.retryAfter(3 * time.Second)
	r.config.Jitter = func() float64 { return 0.5 }
	r.config.QueueNow = func() time.Time { return time.Now().Add(-2 * time.Hour) } // the queue's clock was put forward since we looked
	r.publish("job", sandbox.PAN(50, 1))

	stop := r.start()
	require.Equal(t, "enrolled", r.outcome().Status)
	stop()
	r.drained()

	require.Equal(t, 2, r.row("job").Attempts)
	started := r.attempts("job")
	require.GreaterOrEqual(t, started[1].Sub(started[0]), 2*time.Second, "not before it was due, but for the tolerance")
}

// A schedule that the queue calls a duplicate although none stands is stored all the same.
func TestADuplicateScheduleCountsOnlyWhereItStands(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.retryAfter(2 * time.Second)
	job := r.publish("job", sandbox.PAN(50, 1))

	stop := r.start()
	eventually.True(t, func() bool { return r.scheduled("job") == 1 }, patience, 10*time.Millisecond)

	// The schedule is gone, and the first message comes again as after a death between publishing and acknowledging.
	stream, err := r.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))

	body, err := job.Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", body)

	require.Equal(t, "enrolled", r.outcome().Status)
	stop()
	r.drained()
}

// A clock that is set while jobs run: Postgres', forth and back, by hours.
func TestAClockThatJumpsWhileJobsRun(t *testing.T) {
	t.Parallel()

	const total = 120

	r := newRig(t)
	r.config.Lease = 2 * time.Second
	// A job that was seen before a jump, and is tried again behind it, is hours old by then.
	r.setProgram(func(p *enroll.Program) { p.MaxAge = enroll.Duration(24 * time.Hour) })

	for i := range total {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN([]int{0, 28, 50}[i%3], i))
	}

	stop := r.start()
	outcomes := map[string]string{}

	for i := range total {
		switch i {
		case total / 6:
			r.skew(2 * time.Hour)
		case total / 3:
			r.skew(-2 * time.Minute)
		case total / 2:
			r.skew(-2 * time.Second)
		case 2 * total / 3:
			r.skew(0)
		}

		outcome := r.outcome()
		outcomes[outcome.ID] = outcome.Status
	}

	stop()
	r.drained()
	require.Len(t, outcomes, total)

	for id, status := range outcomes {
		require.Contains(t, []string{"enrolled", "already_enrolled"}, status, id)
	}
}

// A lease that another worker holds is waited for by Postgres' clock. Before, a worker's clock that was ahead made of
// the wait a plain NAK, and of one job thousands of claims.
func TestAHeldJobIsNotAskedForAllTheTime(t *testing.T) {
	t.Parallel()

	for name, ahead := range map[string]time.Duration{"the worker's clock is ahead": time.Hour, "the worker's clock is behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.setClocks(clocks{worker: ahead})
			r.publish("job", sandbox.PAN(0, 1))

			ledger := &countingLedger{Store: r.store}
			r.holdLease("job", 2*time.Second)
			stop := r.startWith(r.js, ledger, r.client())
			require.Equal(t, "enrolled", r.outcome().Status)
			stop()
			require.LessOrEqual(t, ledger.begun.Load(), int64(5), "claims of a job that another has")
		})
	}
}

func (r *rig) setClocks(c clocks) {
	r.t.Helper()

	r.config.Now = func() time.Time { return time.Now().Add(c.worker) }
	r.config.QueueNow = time.Now // as asked of the server
	r.api.Now = r.config.Now
	r.skew(c.postgres)

	var err error

	r.store.Close()
	r.store, err = store.Open(r.t.Context(), r.database, store.Options{})
	require.NoError(r.t, err)
	r.t.Cleanup(r.store.Close)
}

func (r *rig) retryAfter(d time.Duration) {
	program := r.config.Programs["demo"]
	program.Backoff = pace.Backoff{Base: d, Cap: d}
	r.config.Programs = map[string]enroll.Program{"demo": program}
}

func (r *rig) publishWith(id, number string, change func(*jobs.Job)) {
	r.t.Helper()

	job := r.seal(id, number)
	change(&job)
	_, err := r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// The API's clock against all others. As far as it takes our signatures, jobs go through, and a pause that it asks for until a date is
// as long as it means; further off, it halts the worker, and ends and charges no job.
func TestTheAPIsClockDiffers(t *testing.T) {
	t.Parallel()

	for _, ahead := range []time.Duration{
		2 * time.Second, -2 * time.Second, 2 * time.Minute, -2 * time.Minute, 2 * time.Hour, -2 * time.Hour,
	} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()

			var set atomic.Int64 // what its clock is ahead

			set.Store(int64(ahead))

			r := newRig(t)
			r.restartSandbox(func() time.Time { return time.Now().Add(time.Duration(set.Load())) })

			for i, scenario := range []int{0, 28, 50, 53} {
				r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(scenario, 1))
			}

			stop := r.start()

			if ahead.Abs() > time.Hour {
				eventually.True(t, func() bool { return r.log.Contains("HALTED") }, patience, 5*time.Millisecond)
				require.Contains(t, r.log.String(), "clock", "it says what to look at")
				require.Empty(t, r.outcomes)
				set.Store(0)
			}

			for range 4 {
				outcome := r.outcome()
				require.Equal(t, "enrolled", outcome.Status, "%+v", outcome)
			}

			stop()
			r.drained()
		})
	}
}
