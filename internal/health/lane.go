package health

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// lane is what is known of one of the worker's lanes.
type lane struct {
	program string

	turned  time.Time // when its loop last came round
	fetched time.Time // when the queue last answered it; zero until then
	waiting time.Time // since when it has asked without success; zero when it has not
}

// Life says whether the process works as a process: nothing in it hangs.
type Life struct {
	Alive bool `json:"alive"`
	// Reasons why not.
	Reasons []string `json:"reasons,omitempty"`
	// LastTurn of each lane's loop.
	LastTurn map[string]time.Time `json:"last_turn"`
}

// Life looks whether each lane has come round lately. Lanes that were told to stop have not, and need not.
func (m *Monitor) Life() Life {
	now := m.config.Now()
	life := Life{LastTurn: make(map[string]time.Time)}

	m.mu.Lock()
	defer m.mu.Unlock()

	for _, name := range slices.Sorted(maps.Keys(m.lanes)) {
		l := m.lanes[name]
		life.LastTurn[name] = l.turned

		if still := now.Sub(l.turned); still > m.config.StuckAfter && !m.stopping.Load() {
			life.Reasons = append(life.Reasons, fmt.Sprintf("the lane %s hangs: its last turn was %s ago", name, rounded(still)))
		}
	}

	life.Alive = len(life.Reasons) == 0

	return life
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
