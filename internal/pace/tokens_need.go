package pace

import "time"

// How long before its time a token is asked for, so that the job that takes it is claimed by then.
const (
	firstLead   = 10 * time.Millisecond
	longestLead = 150 * time.Millisecond
	leadGrows   = 1.5
	leadShrinks = 0.995
)

// needTaking is how many tokens are missing for the jobs that wait for one, and how soon they can be spent.
func (t *Tokens) needTaking() (want int, delay time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.taking + t.owed() - t.free(), t.lead
}

// needSpending is how many tokens are missing for the jobs that are ready to be sent.
func (t *Tokens) needSpending() (want int, delay time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.expire()

	return t.spending - t.calls(), 0
}

// arrive counts a job that is ready to be sent. It learns from it how long it takes to claim a job: where its token
// was lost meanwhile, the next are taken longer before their time.
func (t *Tokens) arrive() {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.expire()
	t.spending++

	change := leadShrinks
	if t.calls() < t.spending {
		change = leadGrows
	}

	t.lead = min(max(time.Duration(change*float64(t.lead)), time.Millisecond), longestLead)
}

func (t *Tokens) count(what *int, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()

	*what += n
}

// expire drops the tokens whose time has passed; mu is held. Those who had reserved them have none any more.
func (t *Tokens) expire() {
	now := time.Now()

	for len(t.bursts) > 0 && (t.bursts[0].Calls == 0 || now.After(t.bursts[0].At.Add(t.good))) {
		t.bursts = t.bursts[1:]
	}
}

// calls counts the tokens; mu is held.
func (t *Tokens) calls() int {
	n := 0
	for _, b := range t.bursts {
		n += b.Calls
	}

	return n
}

// free counts the tokens that no job has taken; mu is held.
func (t *Tokens) free() int {
	t.expire()

	n := 0
	for _, b := range t.bursts {
		n += b.Calls - b.reserved
	}

	return n
}

// owed counts the free tokens that jobs wait for that are ready to be sent, having lost theirs; mu is held.
func (t *Tokens) owed() int {
	reserved := 0
	for _, b := range t.bursts {
		reserved += b.reserved
	}

	return max(t.spending-reserved, 0)
}
