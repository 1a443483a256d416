package enroll_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
)

// An operator has set max_deliver to 1 for a moment: what was handed back then, no consumer delivers again. The worker
// notices and brings it back.
func TestStrandedJobsAreBroughtBack(t *testing.T) {
	t.Parallel()

	const n = 5

	r := newRig(t)
	r.config.InspectEvery = 50 * time.Millisecond

	setMaxDeliver := func(times int) {
		consumer, err := r.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
		require.NoError(t, err)

		config := consumer.CachedInfo().Config
		config.MaxDeliver = times
		_, err = r.js.UpdateConsumer(t.Context(), jobs.StreamJobs, config)
		require.NoError(t, err)
	}

	for i := range n {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	setMaxDeliver(1)

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)
	batch, err := consumer.Fetch(n)
	require.NoError(t, err)

	for msg := range batch.Messages() {
		require.NoError(t, msg.NakWithDelay(time.Millisecond))
	}

	eventually.True(t, func() bool {
		info, err := consumer.Info(t.Context())
		return err == nil && info.NumAckPending == 0 && info.NumPending == 0
	}, patience, time.Millisecond)
	setMaxDeliver(-1)

	backlog, err := jobs.ReadBacklog(t.Context(), r.js)
	require.NoError(t, err)
	require.Equal(t, uint64(n), backlog.Programs[0].Jobs.Stranded)

	stop := r.start()
	r.outcomesOf(n)
	stop()
	r.drained()
}
