// Package onetime remembers what may be used once: nonces, and the ids of assertions and proofs.
package onetime

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Most bounds the memory of a generation: some tens of megabytes for each of the two.
const Most = 1 << 20

// Uses remembers what was used for as long as it could be accepted again.
//
// Two generations are kept, so that forgetting is dropping a map. A generation lasts for
// twice the window: a timestamp at the far end of the window is acceptable for that long.
// When one fills up early the sandbox forgets early rather than grow.
type Uses struct {
	mu       sync.Mutex
	lifetime time.Duration
	since    time.Time
	recent   map[[16]byte]struct{}
	older    map[[16]byte]struct{}
	most     int
}

// New makes a memory for a window, with at most so many in a generation.
func New(window time.Duration, most int) *Uses {
	return &Uses{lifetime: 2 * window, recent: map[[16]byte]struct{}{}, most: most}
}

// Use reports whether the owner had not used the id, and remembers it.
func (u *Uses) Use(owner, id string, now time.Time) bool {
	sum := sha256.Sum256([]byte(owner + "\x00" + id))
	key := [16]byte(sum[:16])

	u.mu.Lock()
	defer u.mu.Unlock()

	if len(u.recent) >= u.most || now.Sub(u.since) > u.lifetime {
		u.older, u.recent, u.since = u.recent, map[[16]byte]struct{}{}, now
	}

	if _, used := u.recent[key]; used {
		return false
	}

	if _, used := u.older[key]; used {
		return false
	}

	u.recent[key] = struct{}{}

	return true
}
