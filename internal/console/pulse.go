package console

import (
	"context"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

const (
	pulseEvery = 10 * time.Second
	pulseKept  = time.Hour
	// pulseShare bounds the share of a processor that looking takes where the counts are many.
	pulseShare = 20
	// rateOver is the time over which the present pace is taken.
	rateOver = 5 * time.Minute
)

// beat is how much was done and how much waited at one moment.
type beat struct {
	at      time.Time
	settled map[string]int64 // by program, since ever
	waiting map[string]int64
}

// pulse remembers how much waited in the last hour, as far as the console has watched it, and how much was done.
type pulse struct {
	mu      sync.Mutex
	beats   []beat
	minutes []store.Minute // of the last hour; nil: not known yet
}

// watchPulse looks at how much is done until the context ends.
func (c *Console) watchPulse(ctx context.Context, ticks <-chan time.Time) {
	for {
		took := c.takePulse(ctx)
		for skip := took * pulseShare; skip >= 0; skip -= pulseEvery {
			if !guard.Tick(ctx, ticks) {
				return
			}
		}
	}
}

// takePulse looks once, and returns how long that took.
func (c *Console) takePulse(ctx context.Context) time.Duration {
	began := c.Now()

	totals := c.totals(ctx)
	fleet := c.fleet(ctx)
	minutes := askLedger(ctx, c, "minutes", func(ctx context.Context, s *store.Store) ([]store.Minute, error) {
		return s.Minutes(ctx, pulseKept)
	})

	if minutes.Away == "" {
		c.pulse.setMinutes(minutes.Value)
	}

	if totals.Away == "" && fleet.Away == "" {
		c.pulse.add(beat{at: c.Now(), settled: settledOf(totals.Value), waiting: waitingOf(fleet.Value.Queue)})
	}

	return c.Now().Sub(began)
}

func settledOf(totals []store.ProgramTotal) map[string]int64 {
	settled := map[string]int64{}

	for _, total := range totals {
		if total.Status.Settled() {
			settled[total.Program] += total.Count
		}
	}

	return settled
}

func waitingOf(backlog jobs.Backlog) map[string]int64 {
	waiting := map[string]int64{}
	for _, program := range backlog.Programs {
		waiting[program.Program] = depthOf(program)
	}

	return waiting
}

// depthOf is how many jobs of a program are on their way: new ones, and retries that are due.
func depthOf(p jobs.ProgramBacklog) int64 {
	return int64(p.Jobs.Depth() + p.Due.Depth()) //nolint:gosec // no stream holds 2^63 messages
}

func (p *pulse) add(b beat) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.beats = append(p.beats, b)
	for len(p.beats) > 0 && b.at.Sub(p.beats[0].at) > pulseKept {
		p.beats = p.beats[1:]
	}
}

func (p *pulse) setMinutes(minutes []store.Minute) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.minutes = append([]store.Minute{}, minutes...) // none is known, too
}

// byMinute is how much was done in each minute of the last hour in which anything was.
func (p *pulse) byMinute() []store.Minute {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.minutes
}

// all are the beats of the last hour, the oldest first.
func (p *pulse) all() []beat {
	p.mu.Lock()
	defer p.mu.Unlock()

	return append([]beat(nil), p.beats...)
}

// rate is how many jobs of a program are settled a second at present; of all for the empty program. It is false where that
// cannot be told yet.
func rateOf(beats []beat, program string) (perSecond float64, known bool) {
	if len(beats) < 2 {
		return 0, false
	}

	last, first := beats[len(beats)-1], beats[0]
	for _, one := range beats {
		if last.at.Sub(one.at) <= rateOver {
			first = one
			break
		}
	}

	passed := last.at.Sub(first.at).Seconds()
	if passed <= 0 {
		return 0, false
	}

	return float64(max(0, of(last.settled, program)-of(first.settled, program))) / passed, true
}

func of(counts map[string]int64, program string) (n int64) {
	if program != "" {
		return counts[program]
	}

	for _, one := range counts {
		n += one
	}

	return n
}
