package chaos

import (
	"fmt"
	"slices"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
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
		c.checkLife(job)
		c.checkEffects(job)
		c.checkEvents(job)
		c.checkLetters(job)
	}

	c.checkStrangers()
	c.checkAttempts()
	c.checkStreams()

	return c.found
}

// checker is a history by job.
type checker struct {
	history  History
	accepted map[string]Job
	rows     map[string][]Row
	attempts map[string][]Attempt
	events   map[string]messages // by job
	letters  map[string]messages
	found    []Violation
}

func newChecker(h History) *checker {
	c := &checker{
		history: h, accepted: map[string]Job{}, rows: map[string][]Row{}, attempts: map[string][]Attempt{},
		events: map[string]messages{}, letters: map[string]messages{},
	}

	for _, job := range h.Accepted {
		c.accepted[job.ID] = job
		c.events[job.ID] = messages{}
		c.letters[job.ID] = messages{}
	}

	for _, row := range h.Rows {
		c.rows[row.JobID] = append(c.rows[row.JobID], row)
	}

	for _, attempt := range h.Attempts {
		c.attempts[attempt.JobID] = append(c.attempts[attempt.JobID], attempt)
	}

	for _, event := range h.Events {
		if c.has(event.JobID) {
			c.events[event.JobID].add(event.MsgID, message{status: event.Status, receipt: event.Receipt}, event.Content)
		}
	}

	for _, letter := range h.Letters {
		if c.has(letter.JobID) {
			c.letters[letter.JobID].add(letter.MsgID, message{status: letter.Status}, letter.Content)
		}
	}

	return c
}

func (c *checker) has(id string) bool {
	_, accepted := c.accepted[id]

	return accepted
}

func (c *checker) reportf(id, format string, args ...any) {
	c.found = append(c.found, Violation{id, fmt.Sprintf(format, args...)})
}

// checkRow: one row, settled as its card leads to. What may have been processed is never given up as dead.
func (c *checker) checkRow(job Job) {
	rows := c.rows[job.ID]
	if len(rows) != 1 {
		c.reportf(job.ID, "accepted, and has %d rows", len(rows))
		return
	}

	switch row := rows[0]; {
	case !row.Status.Settled():
		c.reportf(job.ID, "is %q, which is not final", row.Status)
	case row.Status == store.StatusDead && mayBeProcessed(c.attempts[job.ID]):
		c.reportf(job.ID, "is dead, and an attempt may have been processed")
	case row.Status == store.StatusInDoubt && job.Want == store.StatusDead && untold(c.attempts[job.ID]) > 0:
	case job.Of != "" && !c.fits(job, row.Status):
		c.reportf(job.ID, "ended as %q, and may end as %q alone", row.Status, job.Wants)
	case job.Operation == jobs.Forget && row.Consumers != c.gone(job, row.Status):
		c.reportf(job.ID, "is %q and says that %d consumers are gone, of %d",
			row.Status, row.Consumers, c.history.Lives[job.Of].Consumers)
	case job.Of == "" && row.Status != job.Want && !(job.AtOnce && row.Status == store.StatusSuperseded):
		c.reportf(job.ID, "ended as %q, and its card leads to %q", row.Status, job.Want)
	case row.Attempts != len(c.attempts[job.ID]):
		c.reportf(job.ID, "its row counts %d attempts, the table of attempts has %d", row.Attempts, len(c.attempts[job.ID]))
	}
}

// checkEffects: a card is enrolled once, and once more at most for each attempt whose result nobody could know.
func (c *checker) checkEffects(job Job) {
	if !job.bringsCard() {
		return // see checkLife
	}

	c.checkPushes(job)

	effects := c.history.Effects[job.ID]
	want := job.Want

	if job.AtOnce && c.superseded(job) {
		want = store.StatusSuperseded
	}

	enrolled := want == store.StatusEnrolled

	switch surplus := Doubled(effects, c.attempts[job.ID]); {
	case surplus > 0:
		c.reportf(job.ID, "has %d effects, %d more than attempts without an answer explain", effects.Effects, surplus)
	case enrolled && effects.Effects == 0:
		c.reportf(job.ID, "leads to %q, and the API never enrolled its card", want)
	case job.Want == store.StatusInDoubt: // whether it was enrolled is what nobody knows
	case !enrolled && effects.Effects > 0:
		c.reportf(job.ID, "leads to %q, and the API enrolled its card", want)
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

// mayBeProcessed reports whether an attempt ended without anybody knowing what it did.
func mayBeProcessed(attempts []Attempt) bool {
	return slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Verdict == verdictUnknown })
}

func untold(attempts []Attempt) (n int) {
	for _, a := range attempts {
		if a.untold() {
			n++
		}
	}

	return n
}

// checkEvents: a final outcome is announced, once or more, and always in the same words. Before it there is nothing to announce.
func (c *checker) checkEvents(job Job) {
	rows := c.rows[job.ID]
	if len(rows) != 1 {
		return // said already
	}

	want := 0
	if rows[0].Status.Final() {
		want = 1
	}

	events := c.events[job.ID]
	if len(events) != want {
		c.reportf(job.ID, "is %q and was announced by %d events", rows[0].Status, len(events))
	}

	for id, event := range events {
		if event.status != rows[0].Status {
			c.reportf(job.ID, "was announced as %q, and is %q", event.status, rows[0].Status)
		}

		if len(event.contents) > 1 {
			c.reportf(job.ID, "the event %s was published with %d contents", id, len(event.contents))
		}
	}
}

// checkLetters: what may be sent again has a dead letter, one or more, each always in the same words. A job that was in doubt
// and got its answer late keeps the letter of that time.
func (c *checker) checkLetters(job Job) {
	rows := c.rows[job.ID]
	if len(rows) != 1 {
		return // said already
	}

	letters, status := c.letters[job.ID], rows[0].Status
	told := 0

	for id, letter := range letters {
		if letter.status == status {
			told++
		}

		if len(letter.contents) > 1 {
			c.reportf(job.ID, "the dead letter %s was published with %d contents", id, len(letter.contents))
		}
	}

	switch keeps := status == store.StatusDead || status == store.StatusInDoubt || status == store.StatusInvalid; {
	case keeps && told == 0:
		c.reportf(job.ID, "is %q and has no dead letter that says so", status)
	case !keeps && len(letters) > 0:
		c.reportf(job.ID, "is %q and has %d dead letters", status, len(letters))
	}
}

// messages are events or letters of a job, by the id that tells repetitions from others.
type messages map[string]message

type message struct {
	status   store.Status
	receipt  bool
	contents map[string]bool
}

func (m messages) add(id string, first message, content string) {
	if _, known := m[id]; !known {
		first.contents = map[string]bool{}
		m[id] = first
	}

	m[id].contents[content] = true
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

	c.checkStrangeChanges()

	for _, row := range c.history.Rows {
		if !c.has(row.JobID) {
			c.reportf(row.JobID, "has a row, and was never accepted")
		}
	}

	for _, event := range c.history.Events {
		if !c.has(event.JobID) {
			c.reportf(event.JobID, "was announced, and never accepted")
		}
	}

	for _, letter := range c.history.Letters {
		if !c.has(letter.JobID) {
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
