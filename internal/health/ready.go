package health

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Readiness says whether jobs are taken and worked on, and the facts by which that is judged.
type Readiness struct {
	Ready bool `json:"ready"`
	// Reasons why not.
	Reasons []string `json:"reasons,omitempty"`
	// Connected to the queue.
	Connected bool `json:"connected"`
	// LastFetch is when the queue last answered, for each lane; it is not asked while no jobs may be taken.
	LastFetch map[string]time.Time `json:"last_fetch"`
	// Database: Postgres answers.
	Database bool `json:"database"`
	// LastCommit is when Postgres last answered a job.
	LastCommit time.Time `json:"last_commit,omitzero"`
	Stopping   bool      `json:"stopping"`
	InFlight   int64     `json:"in_flight"`
	// Programs of which jobs are taken, or why not.
	Programs []Program `json:"programs"`
	// Queue is what the last look at it has found.
	Queue *Queue `json:"queue,omitempty"`
}

// commitFresh is how long a commit proves that Postgres answers.
const commitFresh = 5 * time.Second

// Readiness judges the worker. It is ready while jobs of one program at least are taken; the
// facts about each program say of which they are not. The database is asked when no job has done so lately.
func (m *Monitor) Readiness(ctx context.Context) Readiness {
	r := Readiness{
		Connected: m.config.Connected(),
		Database:  m.committedLately() || m.pings.answered(ctx),
		LastFetch: make(map[string]time.Time),
		Stopping:  m.stopping.Load(),
		InFlight:  m.inFlight.Load(),
		Programs:  m.programs(),
		Queue:     m.queue().queue(),
	}

	unfetched := m.fetches(&r)

	for _, check := range []struct {
		wrong  bool
		reason string
	}{
		{!r.Connected, "not connected to the queue"},
		{!r.Database, "the database does not answer"},
		{r.Stopping, "stopping"},
	} {
		if check.wrong {
			r.Reasons = append(r.Reasons, check.reason)
		}
	}

	r.Reasons = append(r.Reasons, idle(r.Programs)...)
	r.Reasons = append(r.Reasons, unfetched...)
	r.Ready = len(r.Reasons) == 0

	return r
}

// fetches fills in the times, and says of which lanes nothing could be fetched.
func (m *Monitor) fetches(r *Readiness) (reasons []string) {
	now := m.config.Now()

	m.mu.Lock()
	defer m.mu.Unlock()

	r.LastCommit = m.lastCommit

	for _, name := range slices.Sorted(maps.Keys(m.lanes)) {
		l := m.lanes[name]

		if !l.fetched.IsZero() {
			r.LastFetch[name] = l.fetched
		}

		switch since := now.Sub(l.waiting); {
		case !l.waiting.IsZero() && since > m.config.Patience && !paused(r.Programs, l.program): // a paused one does not ask again
			reasons = append(reasons, fmt.Sprintf("%s has not answered for %s", name, rounded(since)))
		case l.fetched.IsZero() && taken(r.Programs, l.program):
			reasons = append(reasons, name+" has not answered yet")
		}
	}

	return reasons
}

func (m *Monitor) committedLately() bool {
	now := m.config.Now()

	m.mu.Lock()
	defer m.mu.Unlock()

	return !m.storeFailing && now.Sub(m.lastCommit) < commitFresh
}
