package health_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// An operator has set max_deliver to 1: what is handed back now, no consumer delivers again.
func TestWhatIsWrongWithTheQueueIsShown(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.watch()
	require.Nil(t, r.ready().Queue, "nothing was looked at")

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs(devkeys.Program))
	require.NoError(t, err)

	config := consumer.CachedInfo().Config
	config.MaxDeliver = 1
	_, err = r.js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
	require.NoError(t, err)

	r.publish("job", sandbox.PAN(0, 1))
	_, err = r.js.Publish(t.Context(), "enroll.jobs.*", nil)
	require.NoError(t, err)

	msg, err := consumer.Next()
	require.NoError(t, err)
	require.NoError(t, msg.NakWithDelay(time.Millisecond))
	eventually.True(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 0
	}, patience, time.Millisecond)

	r.inspect(topology())

	queue := r.ready().Queue
	require.Equal(t, []string{"enroll-workers-demo: max_deliver is 1, configured is -1"}, queue.Drifts)
	require.Len(t, queue.Stranded, 1)
	require.Contains(t, queue.Stranded[0], "1 messages of enroll.jobs.demo")
	require.Equal(t, uint64(1), queue.Patterns)

	require.InDelta(t, 1, r.values("enroll_queue_jobs")["stranded"], 0)
	require.Positive(t, r.values("enroll_queue_oldest_job_seconds")[""])
	require.Less(t, r.values("enroll_queue_oldest_job_seconds")[""], patience.Seconds())
	require.Equal(t, map[string]float64{"stray": 0, "pattern": 1}, r.values("enroll_queue_untaken"))
	require.InDelta(t, 1, r.values("enroll_queue_drifts")[""], 0)
	require.Equal(t, map[string]float64{"enroll-workers-demo/max_deliver": 1}, r.values("enroll_queue_drift"))

	config.MaxDeliver = -1
	_, err = r.js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
	require.NoError(t, err)
	r.inspect(topology())

	require.Empty(t, r.ready().Queue.Drifts)
	require.Empty(t, r.values("enroll_queue_drift"))
	require.InDelta(t, 0, r.values("enroll_queue_drifts")[""], 0)

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	r.inspect(topology())
	require.Equal(t, map[string]float64{"": 0}, r.values("enroll_queue_oldest_job_seconds"))
}
