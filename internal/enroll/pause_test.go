package enroll_test

import (
	"context"
	"fmt"
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
	"enroll.example/clicktopay/test/parts"
)

// operator is one who pauses programs; the rig's worker hears of it at once.
type operator struct {
	*rig

	bucket *control.Bucket
	pauses *control.Pauses
}

func newOperator(t *testing.T) operator {
	t.Helper()

	r := newRig(t)
	bucket := control.New(r.js)
	ensure := func(ctx context.Context) error {
		_, err := jobs.Ensure(ctx, r.js, r.config.Topology)
		return err
	}

	o := operator{r, bucket, bucket.WatchPauses(ensure, r.config.Logger)}
	r.config.Pauses = o.pauses

	gold := r.config.Programs["demo"]
	gold.Name = "gold"
	r.config.Programs = map[string]enroll.Program{"demo": r.config.Programs["demo"], "gold": gold}

	return o
}

func (o operator) pause(program string) {
	o.t.Helper()
	require.NoError(o.t, o.bucket.Pause(o.t.Context(), control.Pause{Program: program}))
	require.NoError(o.t, o.pauses.Refresh(o.t.Context()))
}

func (o operator) resume(program string) {
	o.t.Helper()

	_, err := o.bucket.Resume(o.t.Context(), program)
	require.NoError(o.t, err)
	require.NoError(o.t, o.pauses.Refresh(o.t.Context()))
}

func (o operator) publishGold(id string, card int) {
	o.t.Helper()

	job, err := o.sealer.Seal(jobs.Job{ID: id, Program: "gold"}, parts.Payload(sandbox.PAN(0, card)))
	require.NoError(o.t, err)
	_, err = o.publisher.Publish(o.t.Context(), job)
	require.NoError(o.t, err)
}

func (o operator) consumer() *jetstream.ConsumerInfo {
	o.t.Helper()

	consumer, err := o.js.Consumer(o.t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(o.t, err)

	return consumer.CachedInfo()
}

// The jobs of a paused program are neither claimed nor charged, while those of others end.
func TestPausedProgramWaitsAndOthersGoOn(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	o.pause("gold")

	for i := range 5 {
		o.publishGold(fmt.Sprintf("gold-%d", i), i)
	}

	stop := o.start()

	for i := range 5 {
		o.publish(fmt.Sprintf("demo-%d", i), sandbox.PAN(0, 10+i))
	}

	for id := range o.outcomesOf(5) {
		require.Contains(t, id, "demo-")
	}

	for i := range 5 {
		_, seen, err := o.store.Outcome(t.Context(), fmt.Sprintf("gold-%d", i))
		require.NoError(t, err)
		require.False(t, seen, "claimed while paused")
	}

	o.resume("gold")

	for _, outcome := range o.outcomesOf(5) {
		require.Equal(t, "enrolled", outcome.Status)
		require.Equal(t, 1, outcome.Attempts)
	}

	require.Equal(t, int64(10), stop().Acknowledged)
	o.drained()
	require.Equal(t, 10, o.sandbox.Ledger().Totals().Calls)
}

// A retry that becomes due while its program is paused waits too.
func TestPausedProgramRetriesLater(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	o.config.Reached = func(step enroll.Step) {
		if step == enroll.StepCommitted {
			o.pause("demo") // after the first answer, before the retry is due
		}
	}
	stop := o.start()

	o.publish("job-1", sandbox.PAN(28, 1)) // fails at first

	due, err := o.js.Consumer(t.Context(), jobs.StreamRetry, jobs.ConsumerDue("demo"))
	require.NoError(t, err)
	eventually.True(t, func() bool {
		info, err := due.Info(t.Context())
		return err == nil && info.NumWaiting == 0 && info.NumPending+uint64(info.NumAckPending) == 1
	}, patience, 10*time.Millisecond, "due, and not asked for")
	require.Equal(t, 1, o.row("job-1").Attempts)

	o.resume("demo")
	require.Equal(t, 2, o.outcome().Attempts)
	stop()
	o.drained()
}

// While everything is paused nothing is taken from the queue at all.
func TestPauseOfAllStopsFetching(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	turns := &turns{Observer: enroll.Unobserved()}
	o.config.Observer = turns
	stop := o.start()

	o.publish("job-0", sandbox.PAN(0, 0))
	o.outcome()

	o.pause("")

	paused := turns.Load()
	eventually.True(t, func() bool { return turns.Load() > paused }, patience, 10*time.Millisecond, "no request for jobs is open")

	for i := 1; i <= 5; i++ {
		o.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	eventually.True(t, func() bool { return o.consumer().NumPending == 5 }, patience, 10*time.Millisecond,
		"the consumer's count follows the stream's")

	o.resume("")
	o.outcomesOf(5)

	account := stop()
	require.Equal(t, int64(6), account.Acknowledged)
	require.Zero(t, account.HandedBack, "none was taken while paused")
	o.drained()
}

// turns counts how often the lane of new jobs has come round.
type turns struct {
	enroll.Observer
	atomic.Int64
}

func (t *turns) LoopTick(lane string) {
	if lane == "ENROLL_JOBS/demo" {
		t.Add(1)
	}
}

// However many jobs of a paused program wait, they take no place of another's.
func TestPausedProgramHoldsNoPlaceOfOthers(t *testing.T) {
	t.Parallel()

	const limit, waiting = 5, 20

	o := newOperator(t)
	o.config.Topology.MaxAckPending = limit
	o.pause("gold")

	for i := range waiting {
		o.publishGold(fmt.Sprintf("gold-%d", i), i)
	}

	stop := o.start()

	for i := range waiting {
		o.publish(fmt.Sprintf("demo-%d", i), sandbox.PAN(0, 100+i))
	}

	for id := range o.outcomesOf(waiting) {
		require.Contains(t, id, "demo-")
	}

	o.resume("gold")
	o.outcomesOf(waiting)
	require.Zero(t, stop().HandedBack, "none was taken while paused")
	o.drained()
}

// A worker stops in good order although everything is paused.
func TestPausedWorkerStops(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	o.pause("")
	o.publish("job-1", sandbox.PAN(0, 1))

	stop := o.start()
	require.Equal(t, enroll.Summary{}, stop())
}

// The bucket is deleted under a running worker: it is made again, and jobs go on.
func TestBucketDeletedUnderAWorker(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	stop := o.start()

	o.pause("gold")
	require.NoError(t, o.js.DeleteKeyValue(t.Context(), jobs.BucketControl))

	o.publish("job-1", sandbox.PAN(0, 1))
	o.publishGold("gold-1", 2)
	require.Equal(t, "job-1", o.outcome().ID)

	require.NoError(t, o.pauses.Refresh(t.Context()))
	o.publish("job-2", sandbox.PAN(0, 3))
	require.Equal(t, "job-2", o.outcome().ID)

	o.resume("gold")
	require.Equal(t, "gold-1", o.outcome().ID)
	stop()
	o.drained()
}
