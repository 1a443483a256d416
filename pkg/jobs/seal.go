package jobs

import (
	"cmp"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/pkg/pan"
)

// Sealer seals payloads for the workers' intake key. It holds a public key
// only, and is safe for concurrent use.
type Sealer struct {
	envelope *envelope
	kid      string
	now      func() time.Time
	// digest hashes contents with a key that nobody else has. It is a function so that the key cannot be printed.
	digest func(content []byte) [sha256.Size]byte
}

// NewSealer makes a sealer for the intake key. The clock decides what has expired; nil means time.Now.
func NewSealer(key IntakePublicKey, now func() time.Time) (*Sealer, error) {
	if now == nil {
		now = time.Now
	}

	envelope, err := newEnvelope(key, contentPayload)
	if err != nil {
		return nil, fmt.Errorf("preparing the seal for intake key %s: %w", key.Kid, err)
	}

	return &Sealer{envelope: envelope, kid: key.Kid, now: now, digest: newDigest()}, nil
}

// newDigest makes a keyed hash with a new key.
func newDigest() func([]byte) [sha256.Size]byte {
	var key [sha256.Size]byte

	_, _ = rand.Read(key[:]) // which never fails

	return func(content []byte) (sum [sha256.Size]byte) {
		mac := hmac.New(sha256.New, key[:])
		mac.Write(content)
		mac.Sum(sum[:0])

		return sum
	}
}

// Kid returns the id of the intake key.
func (s *Sealer) Kid() string { return s.kid }

// Seal validates the payload, seals it, and returns the job with it. A fault of
// the payload or of the job is returned as a *Problem.
func (s *Sealer) Seal(job Job, payload Payload) (Job, error) {
	if job.Asks() == Update {
		return job, problem(ReasonInvalidField, "operation", "is %s, for which a Change is sealed (SealChange)", Update)
	}

	if p := payload.Validate(s.now()); p != nil {
		return job, p
	}

	if job.Asks() == Push && payload.Receipt != nil {
		return job, problem(ReasonInvalidField, "pushAccountReceipt", "is what a push gives: to push, the card is sealed")
	}

	if number := payload.Card.PrimaryAccountNumber; !number.IsZero() {
		if p := FindNumber([]pan.Number{number}, job.Besides()); p != nil {
			return job, p
		}
	}

	return s.seal(job, payload.Reveal()) //nolint:forbidigo // this is the seal
}

// SealChange is Seal for a job that updates a card or a consumer.
func (s *Sealer) SealChange(job Job, change Change) (Job, error) {
	if job.Asks() != Update {
		return job, problem(ReasonInvalidField, "operation", "is not %s, which a change is sealed for", Update)
	}

	if p := cmp.Or(change.Validate(), change.Fits(job)); p != nil {
		return job, p
	}

	return s.seal(job, change.Reveal())
}

// seal seals a content, and has the job know what it was made of.
func (s *Sealer) seal(job Job, content []byte) (Job, error) {
	sealed, err := s.envelope.seal(content)
	if err != nil {
		return job, fmt.Errorf("sealing job %s: %w", job.ID, err)
	}

	job.Schema, job.Sealed = SchemaVersion, sealed
	job.known = &sameness{origin: job.origin(), sealed: sealed, sealer: s, content: s.digest(content)}

	return job, nil
}

// KeyRing opens seals: several intake keys at once, chosen by kid, so that a
// new key can be given to publishers while jobs for the old one still wait.
// It does not change after it is made and is safe for concurrent use.
type KeyRing struct {
	keys map[string]*ecdsa.PrivateKey
	// agree are the same keys, as crypto/ecdh has them.
	agree   map[string]*ecdh.PrivateKey
	current IntakeKey // the first
}

// NewKeyRing makes a ring of at least one key, the current one first.
func NewKeyRing(keys ...IntakeKey) (*KeyRing, error) {
	if len(keys) == 0 {
		return nil, errors.New("a key ring needs at least one intake key")
	}

	ring := &KeyRing{
		keys:    make(map[string]*ecdsa.PrivateKey, len(keys)),
		agree:   make(map[string]*ecdh.PrivateKey, len(keys)),
		current: keys[0],
	}

	for _, key := range keys {
		ring.keys[key.Kid] = key.Key

		// A key that crypto/ecdh does not take is left to the JOSE library.
		if agree, err := key.Key.ECDH(); err == nil && agree.Curve() == ecdh.P256() {
			ring.agree[key.Kid] = agree
		}
	}

	return ring, nil
}

// LoadKeyRing makes a ring of the keys in files. Its error names every file that is wrong.
func LoadKeyRing(paths ...string) (*KeyRing, error) {
	keys := make([]IntakeKey, len(paths))
	errs := make([]error, len(paths))

	for i, path := range paths {
		keys[i], errs[i] = LoadIntakeKey(path)
	}

	if err := errors.Join(errs...); err != nil {
		return nil, err
	}

	return NewKeyRing(keys...)
}

// Kids returns the ids of the keys in the ring, sorted.
func (r *KeyRing) Kids() []string { return slices.Sorted(maps.Keys(r.keys)) }
