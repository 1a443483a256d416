package console

import (
	"slices"
	"sync"
	"time"
)

// mostTrails bounds the memory: past it those that were looked at are forgotten.
const mostTrails = 200

// trails remember how far files were when somebody looked, from which follows how long they will take.
type trails struct {
	mu  sync.Mutex
	all map[string][]footprint
}

type footprint struct {
	at      time.Time
	settled int64
}

// pace notes how far a file is, and returns how much is settled a second; false where that cannot be told yet.
func (t *trails) pace(name string, now time.Time, settled int64) (perSecond float64, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.all == nil || len(t.all) >= mostTrails && t.all[name] == nil {
		t.all = map[string][]footprint{}
	}

	trail := slices.Concat(t.all[name], []footprint{{now, settled}})
	for len(trail) > 2 && now.Sub(trail[0].at) > rateOver {
		trail = trail[1:]
	}

	t.all[name] = trail

	passed := now.Sub(trail[0].at).Seconds()
	if passed < 1 || settled <= trail[0].settled {
		return 0, false
	}

	return float64(settled-trail[0].settled) / passed, true
}
