package sandbox

import (
	"crypto/sha256"
	"sync"
	"time"
)

// mostNonces bounds the memory of a generation: some tens of megabytes for each of the two.
const mostNonces = 1 << 20

// nonces remembers what was used for as long as its timestamp could be accepted again.
//
// Two generations are kept, so that forgetting is dropping a map. A generation lasts for
// twice the window: a timestamp at the far end of the window is acceptable for that long.
// When one fills up early the sandbox forgets early rather than grow.
type nonces struct {
	mu       sync.Mutex
	lifetime time.Duration
	since    time.Time
	recent   map[[16]byte]struct{}
	older    map[[16]byte]struct{}
	most     int
}

func newNonces(window time.Duration, most int) *nonces {
	return &nonces{lifetime: 2 * window, recent: map[[16]byte]struct{}{}, most: most}
}

// use reports whether the client had not used the nonce, and remembers it.
func (n *nonces) use(consumerKey, nonce string, now time.Time) bool {
	sum := sha256.Sum256([]byte(consumerKey + "\x00" + nonce))
	key := [16]byte(sum[:16])

	n.mu.Lock()
	defer n.mu.Unlock()

	if len(n.recent) >= n.most || now.Sub(n.since) > n.lifetime {
		n.older, n.recent, n.since = n.recent, map[[16]byte]struct{}{}, now
	}

	if _, used := n.recent[key]; used {
		return false
	}

	if _, used := n.older[key]; used {
		return false
	}

	n.recent[key] = struct{}{}

	return true
}
