package chaos

import (
	"fmt"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

// Violation is a broken promise.
type Violation struct {
	JobID string // empty where it is about no one job
	What  string
}

// String returns the violation as a line.
func (v Violation) String() string {
	if v.JobID == "" {
		return v.What
	}

	return v.JobID + ": " + v.What
}

// Check compares what was accepted with what became of it and returns what does not fit, in the order of the jobs.
func Check(h History) []Violation {
	c := newChecker(h)

	for _, job := range h.Accepted {
		c.checkRow(job)
		c.checkEffects(job)
		c.checkAnnouncements(job)
	}

	c.checkStrangers()
	c.checkAttempts()
	c.checkStreams()

	return c.found
}

// checker is a history by job.
type checker struct {
	history  History
	jobs     map[string]bool
	rows     map[string][]Row
	attempts map[string][]Attempt
	events   map[string]map[string]Event // by job and id of the message
	letters  map[string]map[string]Letter
	found    []Violation
}

func newChecker(h History) *checker {
	c := &checker{
		history: h, jobs: map[string]bool{}, rows: map[string][]Row{}, attempts: map[string][]Attempt{},
		events: map[string]map[string]Event{}, letters: map[string]map[string]Letter{},
	}

	for _, job := range h.Accepted {
		c.jobs[job.ID] = true
		c.events[job.ID] = map[string]Event{}
		c.letters[job.ID] = map[string]Letter{}
	}

	for _, row := range h.Rows {
		c.rows[row.JobID] = append(c.rows[row.JobID], row)
	}

	for _, attempt := range h.Attempts {
		c.attempts[attempt.JobID] = append(c.attempts[attempt.JobID], attempt)
	}

	for _, event := range h.Events {
		if c.jobs[event.JobID] {
			c.events[event.JobID][event.MsgID] = event
		}
	}

	for _, letter := range h.Letters {
		if c.jobs[letter.JobID] {
			c.letters[letter.JobID][letter.MsgID] = letter
		}
	}

	return c
}

func (c *checker) reportf(id, format string, args ...any) {
	c.found = append(c.found, Violation{id, fmt.Sprintf(format, args...)})
}

// checkRow: one row, with a final status, the one that its card leads to.
func (c *checker) checkRow(job Job) {
	rows := c.rows[job.ID]
	if len(rows) != 1 {
		c.reportf(job.ID, "accepted, and has %d rows", len(rows))
		return
	}

	switch row := rows[0]; {
	case !row.Status.Final():
		c.reportf(job.ID, "is %q, which is not final", row.Status)
	case row.Status != job.Want:
		c.reportf(job.ID, "ended as %q, and its card leads to %q", row.Status, job.Want)
	case row.Attempts != len(c.attempts[job.ID]):
		c.reportf(job.ID, "its row counts %d attempts, the table of attempts has %d", row.Attempts, len(c.attempts[job.ID]))
	}
}

// checkEffects: a card is enrolled once, and once more at most for each attempt whose result nobody could know.
func (c *checker) checkEffects(job Job) {
	effects := c.history.Effects[job.ID]
	enrolled := job.Want == store.StatusEnrolled

	switch surplus := Doubled(effects, c.attempts[job.ID]); {
	case surplus > 0:
		c.reportf(job.ID, "has %d effects, %d more than attempts without an answer explain", effects.Effects, surplus)
	case enrolled && effects.Effects == 0:
		c.reportf(job.ID, "leads to %q, and the API never enrolled its card", job.Want)
	case !enrolled && effects.Effects > 0:
		c.reportf(job.ID, "leads to %q, and the API enrolled its card", job.Want)
	case effects.Calls > len(c.attempts[job.ID]):
		c.reportf(job.ID, "was called for %d times, with %d attempts begun", effects.Calls, len(c.attempts[job.ID]))
	case effects.Lost > untold(c.attempts[job.ID]):
		c.reportf(job.ID, "lost %d answers, and only %d attempts say so", effects.Lost, untold(c.attempts[job.ID]))
	}
}

// Doubled is how many effects there are beyond the one that is wanted and those of attempts of which nobody could know.
func Doubled(effects sandbox.CardEntry, attempts []Attempt) int {
	return max(effects.Effects-1-untold(attempts), 0)
}

func untold(attempts []Attempt) (n int) {
	for _, a := range attempts {
		if a.untold() {
			n++
		}
	}

	return n
}

// checkAnnouncements: one event, and a dead letter for those that are dead and no others.
func (c *checker) checkAnnouncements(job Job) {
	rows := c.rows[job.ID]
	if len(rows) != 1 {
		return // said already
	}

	if n := len(c.events[job.ID]); n != 1 {
		c.reportf(job.ID, "was announced by %d events", n)
	}

	for _, event := range c.events[job.ID] {
		if event.Status != rows[0].Status {
			c.reportf(job.ID, "was announced as %q, and is %q", event.Status, rows[0].Status)
		}
	}

	want := 0
	if rows[0].Status == store.StatusDead {
		want = 1
	}

	if n := len(c.letters[job.ID]); n != want {
		c.reportf(job.ID, "is %q and has %d dead letters", rows[0].Status, n)
	}
}

// checkStrangers: nothing is there that no accepted job explains.
func (c *checker) checkStrangers() {
	effects := 0
	for _, entry := range c.history.Effects {
		effects += entry.Effects
	}

	if effects != c.history.Totals.Effects {
		c.reportf("", "the API had %d effects, the accepted jobs explain %d", c.history.Totals.Effects, effects)
	}

	for _, row := range c.history.Rows {
		if !c.jobs[row.JobID] {
			c.reportf(row.JobID, "has a row, and was never accepted")
		}
	}

	for _, event := range c.history.Events {
		if !c.jobs[event.JobID] {
			c.reportf(event.JobID, "was announced, and never accepted")
		}
	}

	for _, letter := range c.history.Letters {
		if !c.jobs[letter.JobID] {
			c.reportf(letter.JobID, "has a dead letter, and was never accepted")
		}
	}
}

// checkAttempts: each has an end and a verdict.
func (c *checker) checkAttempts() {
	for _, a := range c.history.Attempts {
		if a.FinishedAt.IsZero() || a.Verdict == "" {
			c.reportf(a.JobID, "attempt %d of %s has no end", a.Attempt, a.Worker)
		}
	}
}

func (c *checker) checkStreams() {
	for stream, n := range c.history.Left {
		if n > 0 {
			c.reportf("", "%d messages are left in %s", n, stream)
		}
	}
}
