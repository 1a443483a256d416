package jobs_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// Subjects that are patterns, which the server takes, and those of our own programs are no orphans.
func TestOrphansAreLiteralSubjectsOfOthers(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	topology := jobs.Topology{Programs: []string{"gold"}}
	_, err = jobs.Ensure(t.Context(), js, topology)
	require.NoError(t, err)
	require.NoError(t, js.DeleteConsumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold")))

	for _, subject := range []string{"enroll.jobs.*", "enroll.jobs.>", "enroll.jobs.a.*", "enroll.jobs.gold", "enroll.jobs.silver*"} {
		_, err := js.Publish(t.Context(), subject, nil)
		require.NoError(t, err)
	}

	found, err := jobs.Inspect(t.Context(), js, topology)
	require.NoError(t, err)

	orphans := found.Orphans
	require.Len(t, orphans, 1)
	require.Equal(t, "enroll.jobs.silver*", orphans[0].Consumer.FilterSubject)
}

// The name of a lane is logged.
func TestCardNumberAsSubjectIsMasked(t *testing.T) {
	t.Parallel()

	lane := jobs.Lane{Stream: jobs.StreamJobs, Consumer: jetstream.ConsumerConfig{FilterSubject: "enroll.jobs.5555555555554444"}}
	require.Equal(t, "ENROLL_JOBS/enroll.jobs.************4444", lane.String())
}
