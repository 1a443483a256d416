package fleet

import (
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

// depths remembers how many new jobs of each program were in the queue in the last hour, as far as this worker has looked: how
// many came in is told by how many left it and how many there are more. One goroutine uses it.
type depths struct{ samples []sample }

type sample struct {
	at   time.Time
	jobs map[string]uint64 // by program, without those that had none
}

// depthEvery is about how often a worker looks at the queue.
const depthEvery = time.Minute

// note remembers what the last look has found, once a minute.
func (d *depths) note(now time.Time, backlog jobs.Backlog) {
	const most = 62 // an hour, and the ends

	if n := len(d.samples); len(backlog.Programs) == 0 || n > 0 && now.Sub(d.samples[n-1].at) < depthEvery {
		return
	}

	found := sample{at: now, jobs: map[string]uint64{}}

	for _, p := range backlog.Programs {
		if n := p.Jobs.Depth(); n > 0 {
			found.jobs[p.Program] = n
		}
	}

	d.samples = append(d.samples, found)
	if len(d.samples) > most {
		d.samples = append([]sample(nil), d.samples[len(d.samples)-most:]...)
	}
}

// of are the depths of a program about as long ago as the meter's windows, or as far back as is known; nil while the queue was
// not looked at. An empty queue is told too: jobs that come into one are seen by it.
func (d *depths) of(program string, now time.Time) (told []control.Depth) {
	for _, window := range pace.Windows() {
		at := -1

		for i, s := range d.samples {
			if at < 0 || now.Sub(s.at) >= window {
				at = i
			}
		}

		if at < 0 {
			return nil
		}

		told = append(told, control.Depth{
			SecondsAgo: int64(now.Sub(d.samples[at].at).Seconds()), Jobs: d.samples[at].jobs[program],
		})
	}

	return told
}

// ratesOf are rates to tell; nil where there is nothing.
func ratesOf(rates [3]float64) *control.Rates {
	if rates == [3]float64{} {
		return nil
	}

	return &control.Rates{Minute: rates[0], FiveMinutes: rates[1], Hour: rates[2]}
}
