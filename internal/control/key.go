package control

import "time"

// Key is a key that a worker has loaded: what it is called and until when it may be used, nothing of what it is.
type Key struct {
	Purpose     string    `json:"purpose"` // signing, encryption, intake, hmac
	Kid         string    `json:"kid,omitempty"`
	Fingerprint string    `json:"fingerprint,omitempty"` // SHA-256 of the public key
	NotAfter    time.Time `json:"not_after,omitzero"`
}
