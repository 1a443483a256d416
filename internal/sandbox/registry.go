package sandbox

import "sync"

// registry holds the enrolled cards by their srcDigitalCardId, which is made from number and
// service id: the same card in two programs is two records.
type registry struct {
	mu    sync.RWMutex
	cards map[string]record
}

func newRegistry() *registry { return &registry{cards: map[string]record{}} }

// put enrolls a card and reports whether it was not enrolled before. One that was keeps its date
// of creation; under AlreadyExists it is left as it is.
func (r *registry) put(card record, policy ReEnroll) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	known, again := r.cards[card.id]
	if again && policy == AlreadyExists {
		return known, false
	}

	if again {
		card.created = known.created
	}

	r.cards[card.id] = card

	return card, !again
}

// get finds a card of the program. Another program's card is not found.
func (r *registry) get(id, srcClientID, serviceID string) (record, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()

	card, found := r.cards[id]

	return card, found && card.srcClientID == srcClientID && card.serviceID == serviceID
}

func (r *registry) remove(id, srcClientID, serviceID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	card, found := r.cards[id]
	if !found || card.srcClientID != srcClientID || card.serviceID != serviceID {
		return false
	}

	delete(r.cards, id)

	return true
}
