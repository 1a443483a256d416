package measure

import (
	"fmt"
	"slices"
	"time"
)

// kind is what one line of the table is about.
type kind struct {
	contender string
	inFlight  int
	sync      string
}

func (k kind) String() string {
	return fmt.Sprintf("%s, %d in flight, sync %s", k.contender, k.inFlight, k.sync)
}

// used is what a contender has used: rates by the second, times in microseconds a job.
type used struct {
	rate                   float64
	worker, nats, postgres float64
	memory                 float64 // megabytes
}

func (t times) of(jobs int, took time.Duration, memory int64) used {
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(jobs) }

	return used{
		rate:   float64(jobs) / took.Seconds(),
		worker: each(t.worker), nats: each(t.nats), postgres: each(t.postgres),
		memory: float64(memory) / (1 << 20),
	}
}

func (u used) String() string {
	return fmt.Sprintf("%.0f jobs/s; worker %.0f, NATS %.0f, Postgres %.0f µs a job; %.0f MB",
		u.rate, u.worker, u.nats, u.postgres, u.memory)
}

// medianOf takes the median of each figure by itself.
func medianOf(all []used) used {
	of := func(figure func(used) float64) float64 {
		values := make([]float64, len(all))
		for i, u := range all {
			values[i] = figure(u)
		}

		return median(values)
	}

	return used{
		rate:     of(func(u used) float64 { return u.rate }),
		worker:   of(func(u used) float64 { return u.worker }),
		nats:     of(func(u used) float64 { return u.nats }),
		postgres: of(func(u used) float64 { return u.postgres }),
		memory:   of(func(u used) float64 { return u.memory }),
	}
}

// median is that of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2

	if len(sorted)%2 == 1 {
		return sorted[middle]
	}

	return (sorted[middle-1] + sorted[middle]) / 2
}
