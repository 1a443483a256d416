package pace_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

func TestAMeterCountsOverItsWindows(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	m := pace.NewMeter(func() time.Time { return now })
	require.Equal(t, pace.Reading{Took: pace.Took{}}, m.Read())

	// Two hours of a call and a job each second.
	for range 7200 {
		end := m.Begin()
		now = now.Add(time.Second)

		end(true)
		m.Left()
	}

	reading := m.Read()

	for i := range reading.Calls {
		require.InDelta(t, 1, reading.Calls[i], 0.2)
		require.InDelta(t, 1, reading.Jobs[i], 0.2)
	}

	require.InDelta(t, 1, reading.Took.Quantile(0.5).Seconds(), 0.25)

	// Then nothing.
	now = now.Add(2 * time.Minute)
	reading = m.Read()
	require.Zero(t, reading.Calls[0])
	require.InDelta(t, 0.6, reading.Calls[1], 0.1)

	now = now.Add(2 * time.Hour)
	require.Equal(t, pace.Reading{Took: pace.Took{}}, m.Read())

	// Those that run, and those that the API has not worked on.
	first, second := m.Begin(), m.Begin()
	require.Equal(t, 2, m.Read().Running)
	first(false)
	second(false)
	require.Zero(t, m.Read().Running)
	require.Empty(t, m.Read().Took)
}

func TestAYoungMeterTellsRatesOfItsLife(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	m := pace.NewMeter(func() time.Time { return now })

	for range 200 {
		m.Left()
	}

	now = now.Add(20 * time.Second)
	require.Equal(t, [3]float64{10, 10, 10}, m.Read().Jobs)
}

func TestQuantilesOfSeveralWorkers(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	all := pace.Took{}

	for _, took := range []time.Duration{80 * time.Millisecond, 800 * time.Millisecond, 10 * time.Second, 0} {
		m := pace.NewMeter(func() time.Time { return now })

		for range 25 {
			end := m.Begin()
			now = now.Add(took)

			end(true)
		}

		all.Add(m.Read().Took)
	}

	require.Equal(t, time.Millisecond, all.Quantile(0.25))
	require.InDelta(t, 0.08, all.Quantile(0.5).Seconds(), 0.02)
	require.InDelta(t, 10, all.Quantile(0.95).Seconds(), 2.5)
	require.Zero(t, pace.Took{}.Quantile(0.5))
}
