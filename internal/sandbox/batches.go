package sandbox

import (
	"sync"
	"time"
)

// batch is a batch that was received, as the sandbox keeps it: without a number.
type batch struct {
	id, externalID         string
	srcClientID, serviceID string
	directory              string // empty outside of directories
	received               time.Time
	endless, fails         bool
	items                  []batchItem
	// polls are how the first questions for it are answered instead.
	polls []batchFate
}

// batches holds the batches by their id.
type batches struct {
	mu    sync.Mutex
	known map[string]*batch
}

func newBatches() *batches { return &batches{known: map[string]*batch{}} }

// add keeps a batch, and reports whether the program has used its external id before.
func (b *batches) add(one *batch, policy ReEnroll) (repeated bool) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if policy == AlreadyExists {
		for _, other := range b.known {
			if other.externalID == one.externalID && other.srcClientID == one.srcClientID &&
				other.serviceID == one.serviceID && other.directory == one.directory {
				return true
			}
		}
	}

	b.known[one.id] = one

	return false
}

// ask finds a batch of the program, and how the question for it is to be answered. Another program's batch is not
// found, nor that of another directory.
func (b *batches) ask(id, directory, srcClientID, serviceID string) (batch, batchFate, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()

	found := b.known[id]
	if found == nil || found.srcClientID != srcClientID || found.serviceID != serviceID || found.directory != directory {
		return batch{}, batchPlain, false
	}

	fate := batchPlain
	if len(found.polls) > 0 {
		fate = found.polls[0]
		found.polls = found.polls[1:]
	}

	return *found, fate, true
}
