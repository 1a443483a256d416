package sandbox

import (
	"maps"
	"sync"
	"time"
)

// Ledger counts what the sandbox did, for tests and for the demo to compare with what the worker
// believes. It never holds a number in clear: cards are kept by a keyed hash whose key dies with
// the process.
type Ledger struct {
	ids identifiers
	now func() time.Time

	mu      sync.Mutex
	cards   map[[16]byte]CardEntry
	changes map[string]Changes
	totals  Totals
}

// Changes is what was done to a card or a consumer that is enrolled, whether or not the answer arrived.
type Changes struct {
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
}

// CardEntry is what happened to one card.
type CardEntry struct {
	First6 string `json:"first6"`
	Last4  string `json:"last4"`
	// Calls for this card that got as far as a decision about it.
	Calls int `json:"calls"`
	// Effects is how many of them enrolled it.
	Effects int `json:"effects"`
	// Pushes is how many receipts were given for it.
	Pushes int `json:"pushes,omitempty"`
	// Holder is what the last of these told of the holder, in the words of getEligibleTokenRequestors.
	Holder []string `json:"holder,omitempty"`
	// Lost is how many of the effects the client could not know of, since no whole answer came.
	Lost  int       `json:"lost"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Totals are sums over everything.
type Totals struct {
	// Calls of the API, refused ones included.
	Calls int `json:"calls"`
	// Effects is how many calls enrolled a card.
	Effects int `json:"effects"`
	// Cards is how many different numbers were enrolled at least once.
	Cards int `json:"cards"`
	// Repeated is how many of them more than once.
	Repeated int `json:"repeated"`
	// Lost is how many effects were not answered whole.
	Lost int `json:"lost"`
	// Pushed is how many receipts were given for pushed accounts.
	Pushed int `json:"pushed,omitempty"`
	// Deleted is how many cards were deleted.
	Deleted int `json:"deleted"`
	// Updated is how often a card or a consumer was changed, Forgotten how many consumers were deleted.
	Updated   int `json:"updated"`
	Forgotten int `json:"forgotten"`
	// Results counts calls by status and reason, such as "200 enrolled" or
	// "400 INVALID_STATE/PAN_INELIGIBLE", whether or not the answer arrived.
	Results map[string]int `json:"results"`
	// Tokens counts requests for tokens likewise, such as "200 token"; they are no calls of the API.
	Tokens map[string]int `json:"tokens,omitempty"`
}

func newLedger(ids identifiers, now func() time.Time) *Ledger {
	return &Ledger{
		ids: ids, now: now, cards: map[[16]byte]CardEntry{}, changes: map[string]Changes{}, totals: Totals{Results: map[string]int{}},
	}
}

// Effects returns how many times the number was enrolled.
func (l *Ledger) Effects(number string) int { return l.Card(number).Effects }

// Card returns what happened to a number; nothing for one never seen.
func (l *Ledger) Card(number string) CardEntry {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.cards[l.key(number)]
}

// Changes returns what was done to a card or a consumer, by the id that the calls name it by.
func (l *Ledger) Changes(id string) Changes {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.changes[id]
}

// Totals returns the sums so far.
func (l *Ledger) Totals() Totals {
	l.mu.Lock()
	defer l.mu.Unlock()

	totals := l.totals
	totals.Results, totals.Tokens = maps.Clone(totals.Results), maps.Clone(totals.Tokens)

	return totals
}

// called counts a call for the card and returns its position among them, counted from 1.
func (l *Ledger) called(c card) int {
	return l.touch(c, func(entry *CardEntry) { entry.Calls++ }).Calls
}

// touch counts something of a card, and returns how its entry stands then.
func (l *Ledger) touch(c card, count func(*CardEntry)) CardEntry {
	now, key := l.now(), l.key(c.digits())

	l.mu.Lock()
	defer l.mu.Unlock()

	entry, seen := l.cards[key]
	if !seen {
		entry = CardEntry{First6: c.number.First6(), Last4: c.number.Last4(), First: now}
	}

	count(&entry)
	entry.Last = now
	l.cards[key] = entry

	return entry
}

// enrolled counts an effect.
func (l *Ledger) enrolled(c card, how delivery) {
	key := l.key(c.digits())

	l.mu.Lock()
	defer l.mu.Unlock()

	entry := l.cards[key]
	entry.Effects++
	l.totals.Effects++

	switch entry.Effects {
	case 1:
		l.totals.Cards++
	case 2:
		l.totals.Repeated++
	}

	if !how.arrives() {
		entry.Lost++
		l.totals.Lost++
	}

	l.cards[key] = entry
}

// pushed counts a receipt.
func (l *Ledger) pushed(c card, holder []string) {
	l.touch(c, func(entry *CardEntry) {
		entry.Pushes++
		entry.Holder = holder
		l.totals.Pushed++
	})
}

func (l *Ledger) removed(card string) { l.change(card, &l.totals.Deleted, Changes{Deleted: 1}) }

func (l *Ledger) updated(what string) { l.change(what, &l.totals.Updated, Changes{Updated: 1}) }

func (l *Ledger) forgotten(consumer string) {
	l.change(consumer, &l.totals.Forgotten, Changes{Deleted: 1})
}

func (l *Ledger) change(id string, total *int, more Changes) {
	l.mu.Lock()
	defer l.mu.Unlock()

	*total++

	changes := l.changes[id]
	changes.Updated += more.Updated
	changes.Deleted += more.Deleted
	l.changes[id] = changes
}

func (l *Ledger) answered(result string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.totals.Calls++
	l.totals.Results[result]++
}

func (l *Ledger) asked(result string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.totals.Tokens == nil {
		l.totals.Tokens = map[string]int{}
	}

	l.totals.Tokens[result]++
}

func (l *Ledger) key(number string) [16]byte {
	sum := l.ids.sum("ledger", number)
	return [16]byte(sum[:16])
}
