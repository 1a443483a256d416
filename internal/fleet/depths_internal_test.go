package fleet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

func TestDepthsOfTheLastHour(t *testing.T) {
	t.Parallel()

	var d depths

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	backlog := func(n uint64) jobs.Backlog {
		return jobs.Backlog{Programs: []jobs.ProgramBacklog{{Program: "gold", Jobs: jobs.LaneBacklog{Waiting: n, Taken: 1}}, {Program: "idle"}}}
	}

	d.note(now, jobs.Backlog{})
	require.Nil(t, d.of("gold", now), "the queue was not looked at")

	for minute := range uint64(120) {
		d.note(now, backlog(minute))
		d.note(now.Add(time.Second), backlog(9999)) // no new minute
		now = now.Add(time.Minute)
	}

	require.Equal(t, []control.Depth{{SecondsAgo: 60, Jobs: 120}, {SecondsAgo: 300, Jobs: 116}, {SecondsAgo: 3600, Jobs: 61}}, d.of("gold", now))
	require.Equal(t, []control.Depth{{SecondsAgo: 60}, {SecondsAgo: 300}, {SecondsAgo: 3600}}, d.of("idle", now), "an empty queue is known to be empty")
	require.LessOrEqual(t, len(d.samples), 62)
}
