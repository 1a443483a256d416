package pace

import (
	"sync"
	"time"
)

const (
	// DefaultGuardWindow is how many answers a Guard looks back on.
	DefaultGuardWindow = 50
	// nearlyAll is the share of them that must be alike.
	nearlyAll = 0.9
	// MaxObstacles is after how many calls in a row that met an obstacle the program is halted.
	MaxObstacles = 10
)

// Guard looks at what the calls of a program come to, one after the other, for what
// no single answer shows: nearly all jobs are rejected for one reason that is not
// about their cards, or no call gets through to the API at all. Then the cause is
// not in the jobs, and none is to end for it.
type Guard struct {
	window int
	now    func() time.Time

	mu      sync.Mutex
	reasons []string // of the last answers, as a ring; empty for those that say nothing against the rest
	oldest  int
	alike   map[string]int // how many of them have a reason
	stopped string         // the reason that nearly all of them had
	inARow  int
	trouble Trouble
}

// Trouble is how calls have failed since the API last gave an answer.
type Trouble struct {
	// Reason is what the last of them came to.
	Reason string
	Since  time.Time
	Calls  int
}

// NewGuard makes a guard that looks back on so many answers; 0 stands for
// DefaultGuardWindow, and a negative window for one that lets all rejections pass.
func NewGuard(window int, now func() time.Time) *Guard {
	if window == 0 {
		window = DefaultGuardWindow
	}
	if now == nil {
		now = time.Now
	}

	return &Guard{window: window, now: now, alike: map[string]int{}}
}

// Passed notes an answer that says nothing against other jobs: a success, or a refusal of this card.
func (g *Guard) Passed() {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.stopped != "" {
		g.forget()
	}

	g.push("")
}

// Rejected notes a rejection that is not about the card. It returns how many of the
// last answers, this one included, had the same reason, and whether these are nearly
// all: then it is to end no job.
func (g *Guard) Rejected(reason string) (alike, of int, stop bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.window < 0 {
		return 0, 0, false
	}

	if g.stopped != "" && g.stopped != reason {
		g.forget()
	}

	g.push(reason)

	alike, of = g.alike[reason], len(g.reasons)
	if of == g.window && float64(alike) >= nearlyAll*float64(of) {
		g.stopped = reason
	}

	return alike, of, g.stopped == reason
}

// Answered notes that the API has answered, whatever it said.
func (g *Guard) Answered() {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.inARow, g.trouble = 0, Trouble{}
}

// Failed notes a call that the API has not answered, or only with a failure of its own.
func (g *Guard) Failed(reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.failed(reason)
}

// Obstructed notes a call that met something else than the API. It returns how many
// have in a row, and whether these are enough to halt.
func (g *Guard) Obstructed(reason string) (inARow int, stop bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.failed(reason)
	g.inARow++

	return g.inARow, g.inARow >= MaxObstacles
}

// Trouble returns how calls have failed of late; without Calls, when they do not.
func (g *Guard) Trouble() Trouble {
	g.mu.Lock()
	defer g.mu.Unlock()

	return g.trouble
}

func (g *Guard) failed(reason string) {
	if g.trouble.Calls == 0 {
		g.trouble.Since = g.now()
	}

	g.trouble.Reason = reason
	g.trouble.Calls++
}

func (g *Guard) push(reason string) {
	if len(g.reasons) < g.window {
		g.reasons = append(g.reasons, reason)
		g.alike[reason]++

		return
	}
	if g.window < 0 {
		return
	}

	before := g.reasons[g.oldest]
	if g.alike[before]--; g.alike[before] == 0 {
		delete(g.alike, before)
	}

	g.reasons[g.oldest] = reason
	g.oldest = (g.oldest + 1) % g.window
	g.alike[reason]++
}

// forget begins to count again: the cause is gone, and what it led to must not count against what comes now.
func (g *Guard) forget() {
	g.reasons, g.oldest, g.stopped = nil, 0, ""
	g.alike = map[string]int{}
}
