package control

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

func TestProgressAddsWorkersUp(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	worker := func(name string, gone bool, p ProgramPresence) Worker {
		p.Name = "gold"
		return Worker{Presence: Presence{Worker: name, Programs: []ProgramPresence{p}}, LastSeen: at.Add(-5 * time.Second), Gone: gone}
	}
	one := ProgramPresence{
		MaxInFlight: 10, Calling: 3, AgreedRate: 50, Calls: &Rates{8, 6, 4}, Left: &Rates{7, 5, 3}, Took: pace.Took{20: 10},
		Depths: []Depth{{55, 1000}, {295, 400}, {295, 400}},
	}
	status := Status{
		At: at,
		Workers: []Worker{
			worker("w1", false, one), worker("w2", false, ProgramPresence{MaxInFlight: 10, Left: &Rates{3, 5, 7}, Took: pace.Took{30: 1}}),
			worker("w3", true, one),
		},
		Queue: jobs.Backlog{Programs: []jobs.ProgramBacklog{
			{Program: "gold", Jobs: jobs.LaneBacklog{Waiting: 900, Taken: 100}, Due: jobs.LaneBacklog{Waiting: 20}}, {Program: "silver"},
		}},
	}

	all := progress(status, map[string]time.Time{"gold": at.Add(-time.Minute)})
	require.Len(t, all, 2)
	require.Equal(t, Progress{
		Program: "gold", Workers: 2, Waiting: 1020, OldestAt: at.Add(-time.Minute), In: &Rates{10, 12, 12}, Out: Rates{10, 10, 10},
		DoneAt: at.Add(102 * time.Second), Calls: Rates{8, 6, 4}, Calling: 3, Limit: 20, AgreedRate: 50,
		P50Milliseconds: pace.Took{20: 1}.Quantile(1).Milliseconds(), P95Milliseconds: pace.Took{30: 1}.Quantile(1).Milliseconds(),
	}, all[0])
	require.Equal(t, Progress{Program: "silver"}, all[1])
}

func TestHowManyJobsCameIsKnownOnceSomebodyHasLooked(t *testing.T) {
	t.Parallel()

	out := Rates{10, 10, 10}
	require.Nil(t, entered(out, nil, 5))
	require.Equal(t, &out, entered(out, nil, 0))
	require.Nil(t, entered(Rates{}, nil, 0))
	require.Equal(t, &Rates{0, 10, 11}, entered(out, []Depth{{10, 700}, {0, 0}, {100, 0}}, 100), "never below none")
}

func TestUseOfTheAgreedRate(t *testing.T) {
	t.Parallel()

	require.InDelta(t, 90, Progress{Calls: Rates{Minute: 45}, AgreedRate: 50}.AgreedPercent(), 0.001)
	require.Zero(t, Progress{Calls: Rates{Minute: 45}}.AgreedPercent())

	for rate, want := range map[float64]string{0: "0", 0.034: "0.034", 9.26: "9.3", 45.4: "45", 1234: "1234"} {
		require.Equal(t, want, PerSecond(rate))
	}
}

func TestWhenABacklogIsDone(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	require.Zero(t, doneAt(now, 0, Rates{FiveMinutes: 5}))
	require.Zero(t, doneAt(now, 5, Rates{Hour: 5}))
	require.Equal(t, now.Add(20*time.Second), doneAt(now, 100, Rates{FiveMinutes: 5}))
	require.True(t, doneAt(now, 1<<63, Rates{FiveMinutes: 0.001}).After(now))
}

func TestNoEndIsForetoldWhileNoneIsTaken(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	worker := func(halt *Stop, gone bool) Worker {
		told := ProgramPresence{Name: "gold", Halt: halt, Left: &Rates{FiveMinutes: 10}}
		return Worker{Presence: Presence{Programs: []ProgramPresence{told}}, LastSeen: at, Gone: gone}
	}

	for name, c := range map[string]struct {
		pauses  []Pause
		workers []Worker
		stopped string
	}{
		"goes on":               {nil, []Worker{worker(nil, false)}, ""},
		"another is paused":     {[]Pause{{Program: "silver"}}, []Worker{worker(nil, false)}, ""},
		"paused":                {[]Pause{{Program: "gold"}}, []Worker{worker(nil, false)}, "paused"},
		"all are paused":        {[]Pause{{}}, []Worker{worker(nil, false)}, "paused"},
		"halted at one of two":  {nil, []Worker{worker(&Stop{}, false), worker(nil, false)}, ""},
		"halted where it lives": {nil, []Worker{worker(&Stop{}, false), worker(nil, true)}, "halted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			all := progress(Status{
				At: at, Pauses: c.pauses, Workers: c.workers,
				Queue: jobs.Backlog{Programs: []jobs.ProgramBacklog{{Program: "gold", Jobs: jobs.LaneBacklog{Waiting: 100}}}},
			}, nil)
			require.Equal(t, c.stopped, all[0].Stopped)
			require.Equal(t, c.stopped != "", all[0].DoneAt.IsZero())
		})
	}
}
