package follow

import "time"

// throughput is how fast jobs have been settled of late.
type throughput struct{ samples []sample }

type sample struct {
	at      time.Time
	settled int64
}

// lately is the time over which the pace is told.
const lately = 20 * time.Second

// rate takes a sample and returns how many jobs a second have been settled lately.
func (p *throughput) rate(now time.Time, settled int64) float64 {
	p.samples = append(p.samples, sample{now, settled})

	for len(p.samples) > 2 && now.Sub(p.samples[1].at) >= lately {
		p.samples = p.samples[1:]
	}

	first := p.samples[0]

	elapsed := now.Sub(first.at).Seconds()
	if elapsed <= 0 {
		return 0
	}

	return max(float64(settled-first.settled)/elapsed, 0)
}
