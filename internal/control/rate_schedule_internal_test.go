package control

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// let is when a call may be made.
type let []time.Time

// busiest is the most calls in a time of this length, wherever it starts, both ends included.
func (l let) busiest(length time.Duration) int {
	most, first := 0, 0

	for i, at := range l {
		for at.Sub(l[first]) > length {
			first++
		}

		most = max(most, i-first+1)
	}

	return most
}

func start() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// simulate has workers ask for calls, after pauses, until so much time has passed.
func simulate(s schedule, length time.Duration, ask func() (pause time.Duration, delay time.Duration, want int)) let {
	return simulateAll([]schedule{s}, length, ask)
}

// simulateAll has workers with different schedules ask in turn.
func simulateAll(
	schedules []schedule, length time.Duration, ask func() (pause time.Duration, delay time.Duration, want int),
) let {
	var calls let

	b := booking{Next: start()}

	for i, now := 0, start(); now.Before(start().Add(length)); i++ {
		pause, delay, want := ask()
		now = now.Add(pause)

		after, bursts, _ := schedules[i%len(schedules)].book(b, now, now.Add(delay), want)
		b = after

		for _, burst := range bursts {
			for range burst.Calls {
				calls = append(calls, burst.At)
			}
		}
	}

	return calls
}

// In no second are there more calls than the rate says, nor more at once than a burst has, however workers ask; and
// when they ask for all they can get, they get nearly all of it.
func TestNoSecondHoldsMoreCallsThanTheRate(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		rate         float64
		burst        int
		calls, least int // in a second
	}{
		{1, 1, 1, 0}, {1.9, 1, 1, 0}, {2, 1, 2, 1}, {3, 2, 3, 2}, {7, 7, 7, 6}, {25, 2, 25, 24}, {40, 4, 40, 38},
		{200, 20, 200, 192}, {200, 1, 200, 192}, {200, 200, 200, 192}, {333, 33, 333, 320}, {199, 20, 199, 191},
		{2000, 200, 2000, 1920}, {10_000, 1000, 10_000, 9600},
	} {
		t.Run(fmt.Sprint(c.rate, " in bursts of ", c.burst), func(t *testing.T) {
			t.Parallel()

			s := newSchedule(c.rate, c.burst)
			random := rand.New(rand.NewPCG(1, uint64(c.calls)))

			full := simulate(s, 10*time.Second, func() (time.Duration, time.Duration, int) { return 7 * time.Millisecond, 0, c.calls })
			require.Equal(t, c.calls, full.busiest(window+margin-time.Microsecond), "and not one less")
			require.LessOrEqual(t, full.busiest(0), c.burst)
			require.GreaterOrEqual(t, len(full), 10*c.least)

			for _, longest := range []time.Duration{time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second} {
				some := simulate(s, 20*time.Second, func() (time.Duration, time.Duration, int) {
					return time.Duration(random.Int64N(int64(longest))), time.Duration(random.Int64N(int64(ahead))), 1 + random.IntN(c.calls)
				})
				require.LessOrEqual(t, some.busiest(window+margin), c.calls, longest)
				require.LessOrEqual(t, some.busiest(0), c.burst, longest)
			}
		})
	}
}

// Workers that cut the rate into other bursts keep it together, also when they all stop for a while.
func TestWorkersWithDifferentBurstsKeepTheRate(t *testing.T) {
	t.Parallel()

	const rate = 200

	for name, bursts := range map[string][]int{
		"20 and 8": {20, 8}, "8 and 20": {8, 20}, "1, 20 and 200": {1, 20, 200}, "mostly 8": {20, 8, 8, 8, 8, 8, 8, 8, 8, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var schedules []schedule
			for _, burst := range bursts {
				schedules = append(schedules, newSchedule(rate, burst))
			}

			random := rand.New(rand.NewPCG(1, uint64(len(bursts))))
			calls := simulateAll(schedules, time.Minute, func() (time.Duration, time.Duration, int) {
				pause := time.Duration(random.Int64N(int64(20 * time.Millisecond)))
				if random.IntN(3000) == 0 {
					pause = 2 * time.Second
				}

				return pause, time.Duration(random.Int64N(int64(ahead))), 1 + random.IntN(rate)
			})

			require.LessOrEqual(t, calls.busiest(window+margin-time.Millisecond), rate)
			require.Greater(t, len(calls), 50*rate*8/10, "and the rate is used")
		})
	}
}

func FuzzNoSecondHoldsMoreCallsThanTheRate(f *testing.F) {
	f.Add(uint16(200), uint16(20), []byte{0, 1, 7, 200, 3, 255, 90, 0, 0})
	f.Fuzz(func(t *testing.T, rate, burst uint16, asks []byte) {
		s := newSchedule(float64(rate), int(burst))
		calls := max(int(rate), 1)

		got := simulate(s, 10*time.Second, func() (time.Duration, time.Duration, int) {
			if len(asks) < 3 {
				return time.Minute, 0, 0
			}

			pause, delay, want := asks[0], asks[1], asks[2]
			asks = asks[3:]

			return time.Duration(pause) * time.Millisecond, time.Duration(delay) * time.Millisecond, 1 + int(want)
		})

		if n := got.busiest(window + margin); n > calls {
			t.Errorf("%d calls in a second of %d", n, calls)
		}

		if n := got.busiest(0); n > min(max(int(burst), 1), calls) {
			t.Errorf("%d calls at once of %d", n, burst)
		}
	})
}

// What cannot be right is replaced by silence, since nobody knows what was granted.
func TestRecordsThatCannotBeRight(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text     string
		believed bool
	}{
		"just booked":                       {`{"next": "2026-06-15T12:00:00.1Z", "at": "2026-06-15T12:00:00Z", "left": 3, "burst": 4}`, true},
		"written as slowly as can be":       {`{"next": "2026-06-15T11:59:59.6Z"}`, true},
		"booked ahead, one call a second":   {`{"next": "2026-06-15T12:00:01.2Z", "burst": 0}`, true},
		"by a worker of the last version":   {`{"next": "2026-06-15T12:00:00.125Z"}`, true},
		"by a clock that is slow":           {`{"next": "2026-06-15T11:59:58Z"}`, false},
		"by a clock that is two hours slow": {`{"next": "2026-06-15T10:00:00Z"}`, false},
		"by a clock that is fast":           {`{"next": "2026-06-15T12:00:02Z"}`, false},
		"by a clock that is a day fast":     {`{"next": "2026-06-16T12:00:00Z"}`, false},
		"by hand":                           {`{}`, false},
		"by hand, a number":                 {`{"next": "2026-06-15T12:00:00Z", "burst": -1}`, false},
		"by hand, another":                  {`{"next": "2026-06-15T12:00:00Z", "left": -1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var b booking

			require.NoError(t, json.Unmarshal([]byte(c.text), &b))

			got := b.since(start())
			require.Equal(t, c.believed, got == b)

			if !c.believed {
				require.Equal(t, booking{Next: start().Add(quiet)}, got)
			}
		})
	}
}
