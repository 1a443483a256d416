package console

import (
	"sync"

	"enroll.example/clicktopay/internal/console/access"
)

// mostNotes bounds the memory: those who have not come back are forgotten.
const mostNotes = 1000

// notes are what is told to users on their next page, once.
type notes struct {
	mu  sync.Mutex
	all map[string]string // by the token of a session
}

func newNotes() *notes { return &notes{all: map[string]string{}} }

func (n *notes) leave(who access.Identity, note string) {
	n.mu.Lock()
	defer n.mu.Unlock()

	if len(n.all) >= mostNotes {
		clear(n.all)
	}

	n.all[who.Token] = note
}

func (n *notes) take(who access.Identity) string {
	n.mu.Lock()
	defer n.mu.Unlock()

	note := n.all[who.Token]
	delete(n.all, who.Token)

	return note
}
