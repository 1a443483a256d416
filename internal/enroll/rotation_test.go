package enroll_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/test/parts"
)

// Every key is replaced while hundreds of jobs run, as an operator would do it:
// the API and the workers know the new one before the old one goes. No job fails,
// and none needs a second attempt.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()

	const total = 480

	r := newRig(t)
	keys := newRotatingKeys(t, r)

	for i := range total / 4 {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()
	outcomes := map[string]jobs.Outcome{}

	// An event can come again: what counts is the jobs.
	for len(outcomes) < total {
		outcome := r.outcome()
		require.Equal(t, "enrolled", outcome.Status, "%+v", outcome)
		require.Equal(t, 1, outcome.Attempts)

		if before, again := outcomes[outcome.ID]; again {
			require.Equal(t, before, outcome)
			continue
		}

		ended := len(outcomes)
		outcomes[outcome.ID] = outcome

		switch ended {
		case total / 8:
			keys.rotateSigning()
		case total / 4:
			keys.rotateEncryption()
		case total * 3 / 8:
			keys.rotateIntake()
		case total / 2:
			keys.rotateHMAC()
		}

		// The queue never runs dry: for each job that ends another is published, sealed for the key of the moment.
		if next := total/4 + ended; next < total {
			r.publish(fmt.Sprintf("job-%d", next), sandbox.PAN(0, next))
		}
	}

	stop()
	r.drained()
	require.Equal(t, total, r.sandbox.Ledger().Totals().Effects)
	require.Equal(t, total, r.sandbox.Ledger().Totals().Calls, "no call was refused")
}

// rotatingKeys are the keys of a rig, which can be replaced while it runs.
type rotatingKeys struct {
	t          *testing.T
	rig        *rig
	newSigning *rsa.PrivateKey
	encryption atomic.Pointer[mastercard.EncryptionKey]
	newKey     *mastercard.EncryptionKey
	intake     jobs.IntakeKey
	ring       atomic.Pointer[jobs.KeyRing]
	hmac       atomic.Pointer[[]enroll.HMACKey]
}

// newRotatingKeys gives the rig a sandbox that knows the old and the new keys.
func newRotatingKeys(t *testing.T, r *rig) *rotatingKeys {
	t.Helper()

	old := testKeys()
	k := &rotatingKeys{t: t, rig: r, newSigning: old.other, intake: parts.IntakeKey(t)}
	newEncryption, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)

	newKid := sandbox.KeyID(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))

	r.startSandboxWith(sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey,
			SigningKeys: []*rsa.PublicKey{&old.signing.PublicKey, &old.other.PublicKey},
			Programs:    []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{oldKid(): old.encryption, newKid: newEncryption},
	})

	k.encryption.Store(r.api.EncryptionKey.EncryptionKey())
	k.newKey, err = mastercard.NewEncryptionKey(newKid, &newEncryption.PublicKey, time.Time{})
	require.NoError(t, err)

	ring := r.config.Keys()
	hmac := r.config.HMACKeys()

	k.ring.Store(ring)
	k.hmac.Store(&hmac)

	r.api.EncryptionKey = k
	r.config.Keys = k.ring.Load
	r.config.HMACKeys = func() []enroll.HMACKey { return *k.hmac.Load() }

	return k
}

func (k *rotatingKeys) EncryptionKey() *mastercard.EncryptionKey { return k.encryption.Load() }

func (k *rotatingKeys) rotateSigning() { k.rig.signing.set(k.t, k.newSigning) }

func (k *rotatingKeys) rotateEncryption() { k.encryption.Store(k.newKey) }

// rotateIntake gives the workers the new key beside the old one, then the publishers its public half.
func (k *rotatingKeys) rotateIntake() {
	both, err := jobs.NewKeyRing(k.intake, k.rig.intake)
	require.NoError(k.t, err)
	k.ring.Store(both)

	k.rig.sealer, err = jobs.NewSealer(k.intake.Public(), nil)
	require.NoError(k.t, err)
}

func (k *rotatingKeys) rotateHMAC() {
	keys := append([]enroll.HMACKey{parts.HMACKey(k.t)}, *k.hmac.Load()...)
	k.hmac.Store(&keys)
}
