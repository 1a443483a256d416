package jobs_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/jobs"
)

func put(t *testing.T, js jetstream.JetStream, subjects ...string) {
	t.Helper()

	for _, subject := range subjects {
		_, err := js.Publish(t.Context(), subject, nil)
		require.NoError(t, err)
	}
}

func TestEachProgramHasLanesOfItsOwn(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{Programs: []string{"gold", "silver"}})
	put(t, js, jobs.Subject("gold"), jobs.Subject("gold"), jobs.Subject("silver"), jobs.DueSubject("gold"), jobs.DeadSubject("gold", "a"))

	consumer, err := js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
	require.NoError(t, err)
	_, err = consumer.Next()
	require.NoError(t, err)

	var backlog jobs.Backlog

	eventually.True(t, func() bool { // a server counts what a consumer has pending a little later than it takes it
		backlog, err = jobs.ReadBacklog(t.Context(), js)
		fresh, due := backlog.Total()

		return err == nil && fresh.Waiting+due.Waiting == 3
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, []jobs.ProgramBacklog{
		{Program: "gold", Jobs: jobs.LaneBacklog{Waiting: 1, Taken: 1, MaxTaken: 10_000}, Due: jobs.LaneBacklog{Waiting: 1, MaxTaken: 10_000}},
		{Program: "silver", Jobs: jobs.LaneBacklog{Waiting: 1, MaxTaken: 10_000}, Due: jobs.LaneBacklog{MaxTaken: 10_000}},
	}, backlog.Programs)
	require.Equal(t, uint64(1), backlog.DeadLetters)
	require.Zero(t, backlog.Scheduled)
	require.Positive(t, backlog.Bytes)

	fresh, due := backlog.Total()
	require.Equal(t, jobs.LaneBacklog{Waiting: 2, Taken: 1}, fresh)
	require.Equal(t, jobs.LaneBacklog{Waiting: 1}, due)
}

func TestOrphansAreJobsThatNobodyTakes(t *testing.T) {
	t.Parallel()

	gold := jobs.Topology{Programs: []string{"gold"}}
	js := newQueue(t, gold)
	put(t, js, jobs.Subject("gold"), jobs.Subject("glod"), jobs.Subject("a.b"), jobs.DueSubject("glod"), "enroll.retry.glod.job-1")

	orphans := func() (names []string, lanes []jobs.Lane) {
		found, err := jobs.Inspect(t.Context(), js, gold)
		require.NoError(t, err)

		lanes = found.Orphans

		for _, lane := range lanes {
			names = append(names, lane.String())
		}

		return names, lanes
	}

	names, lanes := orphans()
	require.ElementsMatch(t, []string{"ENROLL_JOBS/enroll.jobs.glod", "ENROLL_JOBS/enroll.jobs.a.b", "ENROLL_RETRY/enroll.due.glod"}, names)

	for _, lane := range lanes {
		_, err := jobs.EnsureLane(t.Context(), js, lane)
		require.NoError(t, err)
	}

	again, _ := orphans()
	require.ElementsMatch(t, names, again, "another worker may help")

	// Then a worker comes that knows the program. Its consumers take the place of those for orphans.
	_, err := jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"glod"}})
	require.NoError(t, err)

	names, _ = orphans()
	require.Equal(t, []string{"ENROLL_JOBS/enroll.jobs.a.b"}, names)
}

func TestFullLane(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		lane jobs.LaneBacklog
		full bool
	}{
		"all is taken and more waits": {jobs.LaneBacklog{Waiting: 1, Taken: 10, MaxTaken: 10}, true},
		"all is taken, nothing waits": {jobs.LaneBacklog{Taken: 10, MaxTaken: 10}, false},
		"some is free":                {jobs.LaneBacklog{Waiting: 1, Taken: 9, MaxTaken: 10}, false},
		"there is no limit":           {jobs.LaneBacklog{Waiting: 1, Taken: 9}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.full, c.lane.Full())
		})
	}
}
