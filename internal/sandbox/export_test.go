package sandbox

import "time"

// NewNonces makes a memory of nonces small enough to fill in a test.
func NewNonces(window time.Duration, most int) func(consumerKey, nonce string, now time.Time) bool {
	return newNonces(window, most).use
}
