package enroll_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// A letter would hold the code for as long as letters are kept, where the intake key opens it.
func TestASealedSecurityCodeLeavesNoCopy(t *testing.T) {
	t.Parallel()

	members := map[string]string{
		"a-code":                   `"cvc":"123",`,
		"a-code-and-more-is-wrong": `"a":1,"cardSecurityCode":"123","z":2,`,
		"a-pin":                    `"pin":"1234",`,
		"a-stripe":                 `"track2Data":"x",`,
	}

	r := newRig(t)
	for id, member := range members {
		clear := strings.Replace(string(payload(sandbox.PAN(0, 1)).Reveal()), `"card":{`, `"card":{`+member, 1)
		job := jobs.Job{Schema: jobs.SchemaVersion, ID: id, Program: "demo", Batch: "b1", Sealed: sealText(t, r.intake, clear)}
		body, err := job.Encode()
		require.NoError(t, err)
		r.publishRaw(jobs.Subject("demo"), body)
	}

	// Broken seals are kept, so that a letter is what is missing, not what is late.
	broken := r.seal("kept", sandbox.PAN(0, 2))
	broken.Sealed = tampered(broken.Sealed)
	body, err := broken.Encode()
	require.NoError(t, err)
	r.publishRaw(jobs.Subject("demo"), body)

	stop := r.start()
	r.outcomesUntil(len(members) + 1)
	stop()
	r.drained()

	for id := range members {
		row := r.row(id)
		require.Equal(t, store.StatusInvalid, row.Status, id)
		require.Equal(t, "SECURITY_CODE", row.Failure.Reason, id)
	}

	letters := r.letters()
	require.Len(t, letters, 1)
	require.Equal(t, "kept", letters[0].Job.ID)

	stream, err := r.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)

	for id := range members {
		_, err := stream.GetLastMsgForSubject(t.Context(), jobs.RetrySubject("demo", id))
		require.ErrorIs(t, err, jetstream.ErrMsgNotFound)
	}
}

// A job that makes the worker panic before its seal is opened is looked into before a copy of it is kept.
func TestASealedCodeOfAJobThatPanicsLeavesNoCopy(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.retryAfter(10 * time.Millisecond)

	keys := r.config.HMACKeys()
	r.config.HMACKeys = func() []enroll.HMACKey {
		if r.bad.Load() {
			panic("as ever")
		}

		return keys
	}

	r.bad.Store(true)

	clear := strings.Replace(string(payload(sandbox.PAN(0, 1)).Reveal()), `"card":{`, `"card":{"cvc":"123",`, 1)
	body, err := jobs.Job{Schema: jobs.SchemaVersion, ID: "bad", Program: "demo", Sealed: sealText(t, r.intake, clear)}.Encode()
	require.NoError(t, err)
	r.publishRaw(jobs.Subject("demo"), body)

	stop := r.start()
	r.outcomesUntil(1)
	stop()
	r.drained()

	row := r.row("bad")
	require.Equal(t, "SECURITY_CODE", row.Failure.Reason)
	require.Contains(t, row.Failure.Message, "panicked")
	require.Empty(t, r.letters())
}

// sealText seals what a careless publisher may seal.
func sealText(tb testing.TB, key jobs.IntakeKey, clear string) string {
	tb.Helper()

	recipient := jose.Recipient{Algorithm: jose.ECDH_ES, Key: &key.Key.PublicKey, KeyID: key.Kid}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, recipient, nil)
	require.NoError(tb, err)
	object, err := encrypter.Encrypt([]byte(clear))
	require.NoError(tb, err)
	sealed, err := object.CompactSerialize()
	require.NoError(tb, err)

	return sealed
}
