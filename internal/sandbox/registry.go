package sandbox

import (
	"slices"
	"strconv"
	"sync"
)

// place is where a card or a consumer is in a directory, by the issuer's own keys. What it names is empty outside of directories,
// where Mastercard's ids name them.
type place struct{ directory, consumer, credential string }

// card is the key of a card; empty outside of directories.
func (p place) card() string {
	if p.directory == "" {
		return ""
	}

	return p.owner() + "/" + strconv.Quote(p.credential)
}

// owner is the key of a consumer.
func (p place) owner() string {
	if p.directory == "" {
		return ""
	}

	return strconv.Quote(p.directory) + "/" + strconv.Quote(p.consumer)
}

// profile is a consumer as the sandbox keeps them.
type profile struct {
	key                    string
	srcClientID, serviceID string
	masked                 maskedConsumer
}

// rename gives a consumer, and a card of theirs, another id.
func (p *profile) rename(id string, of *record) {
	p.key, p.masked.SrcConsumerID = id, id
	of.owner = id
}

// registry holds the enrolled cards and their consumers. Outside of directories a card's key is its srcDigitalCardId, which is
// made from number and service id: the same card in two programs is two records.
type registry struct {
	mu        sync.RWMutex
	cards     map[string]record
	consumers map[string]profile
}

func newRegistry() *registry {
	return &registry{cards: map[string]record{}, consumers: map[string]profile{}}
}

// put enrolls a card, and reports whether it was not enrolled before. One that was keeps its date
// of creation; under AlreadyExists it is left as it is. Its consumer is added, or is as the request says from now on.
func (r *registry) put(card record, who profile, policy ReEnroll) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	known, again := r.cards[card.key]
	if again && policy == AlreadyExists {
		return known, false
	}

	if again {
		card.created = known.created
	}

	card.owner = who.key
	r.cards[card.key] = card
	r.consumers[who.key] = who

	return card, !again
}

// get finds a card of the program. Another program's card is not found.
func (r *registry) get(key, srcClientID, serviceID string) (record, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()

	card, found := r.cards[key]

	return card, found && card.srcClientID == srcClientID && card.serviceID == serviceID
}

// has reports whether there is a card or a consumer with the key.
func (r *registry) has(key string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()

	_, card := r.cards[key]
	_, consumer := r.consumers[key]

	return card || consumer
}

// change changes a card of the program.
func (r *registry) change(key, srcClientID, serviceID string, how func(*record)) (record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	card, found := r.cards[key]
	if !found || card.srcClientID != srcClientID || card.serviceID != serviceID {
		return record{}, false
	}

	how(&card)
	r.cards[key] = card

	return card, true
}

func (r *registry) remove(key, srcClientID, serviceID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	card, found := r.cards[key]
	if !found || card.srcClientID != srcClientID || card.serviceID != serviceID {
		return false
	}

	delete(r.cards, key)

	return true
}

// consumer finds a consumer of the program, with their cards.
func (r *registry) consumer(key, srcClientID, serviceID string) (profile, []record, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()

	who, found := r.consumers[key]
	if !found || who.srcClientID != srcClientID || who.serviceID != serviceID {
		return profile{}, nil, false
	}

	var cards []record

	for _, card := range r.cards {
		if card.owner == key {
			cards = append(cards, card)
		}
	}

	slices.SortFunc(cards, func(a, b record) int { return a.created.Compare(b.created) })

	return who, cards, true
}

// changeConsumer changes a consumer of the program.
func (r *registry) changeConsumer(key, srcClientID, serviceID string, how func(*maskedConsumer)) (profile, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	who, found := r.consumers[key]
	if !found || who.srcClientID != srcClientID || who.serviceID != serviceID {
		return profile{}, false
	}

	how(&who.masked)
	r.consumers[key] = who

	return who, true
}

// forget deletes a consumer of the program, with their cards.
func (r *registry) forget(key, srcClientID, serviceID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	who, found := r.consumers[key]
	if !found || who.srcClientID != srcClientID || who.serviceID != serviceID {
		return false
	}

	delete(r.consumers, key)

	for of, card := range r.cards {
		if card.owner == key {
			delete(r.cards, of)
		}
	}

	return true
}
