package health

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/pace"
)

// Readiness says whether jobs are taken and worked on, and the facts by which that is judged.
type Readiness struct {
	Ready bool `json:"ready"`
	// Reasons why not.
	Reasons []string `json:"reasons,omitempty"`
	// Connected to the queue.
	Connected bool `json:"connected"`
	// LastFetch is when the queue last answered, for each stream; none is asked while no jobs may be taken.
	LastFetch map[string]time.Time `json:"last_fetch"`
	// Database: Postgres answers.
	Database bool `json:"database"`
	// LastCommit is when Postgres last answered a job.
	LastCommit time.Time `json:"last_commit,omitzero"`
	Halted     *Halt     `json:"halted,omitempty"`
	// CoolingUntil is the end of a pause that the API asked for, or that the database needs.
	CoolingUntil time.Time `json:"cooling_until,omitzero"`
	Paused       bool      `json:"paused"`
	Stopping     bool      `json:"stopping"`
	InFlight     int64     `json:"in_flight"`
}

// Halt is why no job can succeed before somebody mends something.
type Halt struct {
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
	NextProbe time.Time `json:"next_probe"`
}

// commitFresh is how long a commit proves that Postgres answers.
const commitFresh = 5 * time.Second

// Readiness judges the worker. It asks the database when no job has done so lately.
func (m *Monitor) Readiness(ctx context.Context) Readiness {
	gate := m.config.Gate.State()

	r := Readiness{
		Connected:    m.config.Connected(),
		Database:     m.committedLately() || m.pings.answered(ctx),
		LastFetch:    make(map[string]time.Time),
		CoolingUntil: gate.CoolingUntil,
		Halted:       haltOf(gate),
		Paused:       m.config.Paused(),
		Stopping:     m.stopping.Load(),
		InFlight:     m.inFlight.Load(),
	}

	unfetched := m.fetches(&r)

	for _, judged := range []struct {
		wrong  bool
		reason string
	}{
		{!r.Connected, "not connected to the queue"},
		{!r.Database, "the database does not answer"},
		{r.Paused, "all programs are paused"},
		{r.Stopping, "stopping"},
	} {
		if judged.wrong {
			r.Reasons = append(r.Reasons, judged.reason)
		}
	}

	if r.Halted != nil {
		r.Reasons = append(r.Reasons, "halted: "+r.Halted.Reason)
	}

	r.Reasons = append(r.Reasons, unfetched...)
	r.Ready = len(r.Reasons) == 0

	return r
}

// fetches fills in the times, and says of which streams nothing could be fetched.
func (m *Monitor) fetches(r *Readiness) (reasons []string) {
	now := m.config.Now()

	m.mu.Lock()
	defer m.mu.Unlock()

	r.LastCommit = m.lastCommit

	for _, stream := range slices.Sorted(maps.Keys(m.lanes)) {
		l := m.lanes[stream]

		if !l.fetched.IsZero() {
			r.LastFetch[stream] = l.fetched
		}

		switch since := now.Sub(l.waiting); {
		case !l.waiting.IsZero() && since > m.config.Patience:
			reasons = append(reasons, fmt.Sprintf("%s has not answered for %s", stream, rounded(since)))
		case l.fetched.IsZero() && r.Halted == nil && !r.Paused:
			reasons = append(reasons, stream+" has not answered yet")
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

func haltOf(gate pace.State) *Halt {
	if gate.Halted == "" {
		return nil
	}

	return &Halt{Reason: gate.Halted, Since: gate.HaltedSince, NextProbe: gate.NextProbe}
}
