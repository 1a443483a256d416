package health

import (
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// depths are what a look at the queue has found, at a time.
type depths struct {
	at    time.Time
	found jobs.Inspection
}

// depthsFresh is for how long a look counts; after that nothing is shown, rather than what is no longer true. The worker looks
// once a minute.
const depthsFresh = 3 * time.Minute

// Inspected notes what a look at the queue has found.
func (m *Monitor) Inspected(found jobs.Inspection) {
	m.depths.Store(&depths{at: m.config.Now(), found: found})
}

// queue is the last look, nil when there was none lately.
func (m *Monitor) queue() *depths {
	if d := m.depths.Load(); d != nil && m.config.Now().Sub(d.at) < depthsFresh {
		return d
	}

	return nil
}

// oldest is the age of a program's oldest new job, which has aged since the look; zero for none.
func (d *depths) oldest(program string, now time.Time) time.Duration {
	age, there := d.found.Oldest[program]
	if !there {
		return 0
	}

	return age + max(now.Sub(d.at), 0)
}

// Queue is what is to be said of the queue itself. None of it makes a worker unready: it takes jobs all the same.
type Queue struct {
	// InspectedAt is when the queue was last looked at.
	InspectedAt time.Time `json:"inspected_at"`
	// Stranded messages are in the queue and no consumer delivers them, a line for each consumer; workers bring them back.
	Stranded []string `json:"stranded,omitempty"`
	// Orphans are jobs on subjects of no program, Patterns messages on subjects that no consumer can take.
	Orphans  uint64 `json:"strays,omitempty"`
	Patterns uint64 `json:"patterns,omitempty"`
	// Drifts are differences between the settings and the streams and consumers.
	Drifts []string `json:"drifts,omitempty"`
}

func (d *depths) queue() *Queue {
	if d == nil {
		return nil
	}

	q := &Queue{InspectedAt: d.at, Orphans: d.found.Backlog.Orphans, Patterns: d.found.Backlog.Patterns}

	for _, stranded := range d.found.Stranded {
		q.Stranded = append(q.Stranded, stranded.String())
	}

	for _, drift := range d.found.Drifts {
		q.Drifts = append(q.Drifts, drift.String())
	}

	return q
}
