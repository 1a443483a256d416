package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

// Progress is how a program gets on: what waits, how fast it goes, and when it will be done. Rates are numbers a second over the
// last 1, 5 and 60 minutes, of the workers that live; of a worker that has begun lately, since then.
type Progress struct {
	Program string `json:"program"`
	// Workers live and tell of it. Of calls and of what is done nothing is known without one.
	Workers int `json:"workers"`
	// Waiting new jobs and retries that are due are in the queue or in the hands of workers. OldestAt is when the oldest of the
	// new jobs was published; zero for none.
	Waiting  uint64    `json:"waiting"`
	OldestAt time.Time `json:"oldest_at,omitzero"`
	// In are the new jobs that came into the queue, nil where no worker has looked for long enough; Out those that left it.
	In  *Rates `json:"in,omitempty"`
	Out Rates  `json:"out"`
	// DoneAt is when what waits now will be done, at the rate of the last minutes; zero where nothing waits, or nothing leaves.
	DoneAt time.Time `json:"done_at,omitzero"`
	// Stopped says why none of what waits is taken now, whatever left in the last minutes: paused or halted; empty for neither.
	Stopped string `json:"stopped,omitempty"`
	// Calls of the API are Calling now, of Limit at most. AgreedRate is how many a second are agreed; zero for no limit.
	Calls      Rates   `json:"calls"`
	Calling    int     `json:"calling"`
	Limit      int     `json:"limit"`
	AgreedRate float64 `json:"agreed_rate,omitempty"`
	// P50 and P95 are how long calls of the last five minutes took, to within a quarter; zero for none.
	P50Milliseconds int64 `json:"p50_ms,omitempty"`
	P95Milliseconds int64 `json:"p95_ms,omitempty"`
}

// oldest asks for the oldest new jobs of the programs that have some.
func (b *Bucket) oldest(ctx context.Context, backlog jobs.Backlog) (map[string]time.Time, error) {
	at := map[string]time.Time{}

	for _, p := range backlog.Programs {
		if p.Jobs.Empty() {
			continue
		}

		there, err := jobs.ReadNewJobs(ctx, b.js, p.Program)
		if err != nil {
			return nil, err
		}

		at[p.Program] = there.OldestAt
	}

	return at, nil
}

// progress adds up what the workers tell, by program.
func progress(status Status, oldest map[string]time.Time) []Progress {
	all := map[string]*Progress{}
	of := func(program string) *Progress {
		if all[program] == nil {
			all[program] = &Progress{Program: program}
		}

		return all[program]
	}
	took, depths, stopped := map[string]pace.Took{}, map[string][]Depth{}, stops(status)

	for _, worker := range status.Workers {
		if worker.Gone {
			continue
		}

		for _, told := range worker.Programs {
			p := of(told.Name)
			p.Workers++
			p.Calling += told.Calling
			p.Limit += told.MaxInFlight
			p.AgreedRate = max(p.AgreedRate, told.AgreedRate)
			p.Calls.add(told.Calls)
			p.Out.add(told.Left)

			if took[told.Name] == nil {
				took[told.Name] = pace.Took{}
			}

			took[told.Name].Add(told.Took)

			if longer(told.Depths, depths[told.Name]) {
				depths[told.Name] = aged(told.Depths, status.At.Sub(worker.LastSeen))
			}
		}
	}

	for _, queue := range status.Queue.Programs {
		p := of(queue.Program)
		p.Waiting = queue.Jobs.Depth() + queue.Due.Depth()
		p.OldestAt = oldest[queue.Program]
		p.In = entered(p.Out, depths[queue.Program], queue.Jobs.Depth())
		if p.Stopped = stopped(queue.Program); p.Stopped == "" {
			p.DoneAt = doneAt(status.At, p.Waiting, p.Out)
		}
	}

	list := make([]Progress, 0, len(all))

	for name, p := range all {
		p.P50Milliseconds = took[name].Quantile(0.5).Milliseconds()
		p.P95Milliseconds = took[name].Quantile(0.95).Milliseconds()
		list = append(list, *p)
	}

	slices.SortFunc(list, func(a, b Progress) int { return strings.Compare(a.Program, b.Program) })

	return list
}

func (r *Rates) add(other *Rates) {
	if other != nil {
		r.Minute, r.FiveMinutes, r.Hour = r.Minute+other.Minute, r.FiveMinutes+other.FiveMinutes, r.Hour+other.Hour
	}
}

// longer reports whether depths go further back than others.
func longer(these, those []Depth) bool {
	return len(these) > 0 && (len(those) == 0 || these[len(these)-1].SecondsAgo > those[len(those)-1].SecondsAgo)
}

// aged are depths that were told a while ago.
func aged(depths []Depth, by time.Duration) []Depth {
	depths = slices.Clone(depths)
	for i := range depths {
		depths[i].SecondsAgo += int64(by.Seconds())
	}

	return depths
}

// entered is how many jobs came into the queue: as many as left it, and those that there are more than there were.
func entered(out Rates, depths []Depth, now uint64) *Rates {
	const windows = 3 // of Rates

	if len(depths) < windows {
		if now > 0 || out == (Rates{}) {
			return nil // nobody has looked before
		}

		return &out // there were none, and there are none
	}

	rate := func(left float64, before Depth) float64 {
		if before.SecondsAgo <= 0 {
			return left
		}

		return max(left+(float64(now)-float64(before.Jobs))/float64(before.SecondsAgo), 0)
	}

	return &Rates{
		Minute: rate(out.Minute, depths[0]), FiveMinutes: rate(out.FiveMinutes, depths[1]), Hour: rate(out.Hour, depths[2]),
	}
}

// doneAt is when so many jobs will have left the queue. What comes meanwhile stands behind them.
func doneAt(now time.Time, waiting uint64, out Rates) time.Time {
	rate := out.FiveMinutes
	if waiting == 0 || rate <= 0 {
		return time.Time{}
	}

	const longest = 10 * 365 * 24 * time.Hour // more would not fit a duration

	return now.Add(time.Duration(min(float64(waiting)/rate, longest.Seconds()) * float64(time.Second)))
}

// AgreedPercent is how much of the agreed rate was used in the last minute; zero where none is agreed.
func (p Progress) AgreedPercent() float64 {
	const percent = 100

	if p.AgreedRate <= 0 {
		return 0
	}

	return percent * p.Calls.Minute / p.AgreedRate
}

// PerSecond is a rate with as many digits as tell something.
func PerSecond(rate float64) string {
	const whole = 10

	switch {
	case rate >= whole:
		return fmt.Sprintf("%.0f", rate)
	case rate > 0:
		return fmt.Sprintf("%.2g", rate)
	default:
		return "0"
	}
}
