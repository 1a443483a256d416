package enroll_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
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
		clear := strings.Replace(string(parts.Payload(sandbox.PAN(0, 1)).Reveal()), `"card":{`, `"card":{`+member, 1)
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
func TestWhatMustNotBeKeptOfAJobThatPanics(t *testing.T) {
	t.Parallel()

	good := string(parts.Payload(ownNumber).Reveal())
	hashing := func(r *rig) {
		keys := r.config.HMACKeys()
		r.config.HMACKeys = func() []enroll.HMACKey {
			if r.bad.Load() {
				panic("as ever")
			}

			return keys
		}
	}
	opening := func(r *rig) { r.config.Keys = func() *jobs.KeyRing { panic("as ever") } }

	for name, c := range map[string]struct {
		panics        func(r *rig)
		clear, beside string
		reason        string
		says          string
	}{
		"a code":                         {hashing, strings.Replace(good, `"card":{`, `"card":{"cvc":"123",`, 1), "own", "SECURITY_CODE", "security code"},
		"its number beside its seal":     {hashing, good, ownNumber, "CARD_IN_CLEAR", "own card"},
		"a number that cannot be looked": {opening, good, ownNumber, "WORKER_PANIC", "no copy of the message is kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.retryAfter(10 * time.Millisecond)
			c.panics(r)
			r.bad.Store(true)

			body, err := jobs.Job{
				Schema: jobs.SchemaVersion, ID: "bad", Program: "demo", ExternalCardID: c.beside, Sealed: sealText(t, r.intake, c.clear),
			}.Encode()
			require.NoError(t, err)
			r.publishRaw(jobs.Subject("demo"), body)

			stop := r.start()
			r.outcomesUntil(1)
			stop()
			r.drained()

			row := r.row("bad")
			require.Equal(t, c.reason, row.Failure.Reason)
			require.Contains(t, row.Failure.Message, "panicked")
			require.Contains(t, row.Failure.Message, c.says)
			require.Empty(t, r.letters())
			r.requireNowhere(ownNumber)
		})
	}
}

// A message that ends processes is looked into as well, until that ends processes, too.
func TestWhatMustNotBeKeptOfAMessageThatEndsProcesses(t *testing.T) {
	t.Parallel()

	good := string(parts.Payload(ownNumber).Reveal())

	for name, c := range map[string]struct {
		crashes       int
		clear, beside string
		reason        string
		letters       int
	}{
		"nothing":                    {3, good, "own", "WORKER_CRASH", 1},
		"a code":                     {3, strings.Replace(good, `"card":{`, `"card":{"cvc":"123",`, 1), "own", "SECURITY_CODE", 0},
		"its number beside its seal": {4, good, ownNumber, "CARD_IN_CLEAR", 0},
		"what cannot be looked into": {5, good, ownNumber, "WORKER_CRASH", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.config.Crashes = control.New(r.js).Crashes()

			body, err := jobs.Job{
				Schema: jobs.SchemaVersion, ID: "bad", Program: "demo", ExternalCardID: c.beside, Sealed: sealText(t, r.intake, c.clear),
			}.Encode()
			require.NoError(t, err)
			r.publishRaw(jobs.Subject("demo"), body)

			for range c.crashes {
				_, err := r.config.Crashes.Reading(t.Context(), "ENROLL_JOBS.1")
				require.NoError(t, err)
			}

			r.deliverOften(5)

			stop := r.start()
			outcome := r.outcome()
			stop()
			r.drained()

			require.Equal(t, "~ENROLL_JOBS.1", outcome.ID)
			require.Equal(t, c.reason, outcome.Error.Reason)
			require.Equal(t, c.letters == 0, strings.Contains(outcome.Error.Message, "no copy"), outcome.Error.Message)
			require.Len(t, r.letters(), c.letters)
			r.requireNowhere(ownNumber)
		})
	}
}

// What no worker can open may hold its card's number beside the seal, or a code in it. Nothing of the first is kept, and when a
// worker has the key, nothing of the second.
func TestALetterOfAJobThatCouldNotBeOpenedIsRemovedWhenItCan(t *testing.T) {
	t.Parallel()

	good := string(parts.Payload(ownNumber).Reveal())

	for name, c := range map[string]struct{ clear, beside, reason string }{
		"a code":                     {strings.Replace(good, `"card":{`, `"card":{"cvc":"123",`, 1), "own", "SECURITY_CODE"},
		"its number beside its seal": {good, ownNumber, "CARD_IN_CLEAR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			mine := parts.IntakeKey(t)
			lacking, err := jobs.NewKeyRing(mine)
			require.NoError(t, err)
			both, err := jobs.NewKeyRing(mine, r.intake)
			require.NoError(t, err)

			r.config.Keys = func() *jobs.KeyRing { return lacking }
			r.setProgram(func(p *enroll.Program) { p.MaxAge = enroll.Duration(time.Second) })

			body, err := jobs.Job{
				Schema: jobs.SchemaVersion, ID: "bad", Program: "demo", ExternalCardID: c.beside, Sealed: sealText(t, r.intake, c.clear),
			}.Encode()
			require.NoError(t, err)
			r.publishRaw(jobs.Subject("demo"), body)

			stop := r.start()
			require.Equal(t, "UNKNOWN_KID", r.outcome().Error.Reason)
			stop()
			r.drained()
			require.Len(t, r.letters(), 1)
			r.requireNowhere(ownNumber)

			letter := r.letters()[0]
			_, err = r.store.Redrive(t.Context(), store.RedriveRequest{JobID: "bad"})
			require.NoError(t, err)

			again, err := letter.Job.Encode()
			require.NoError(t, err)
			r.publishRaw(jobs.Subject("demo"), again)

			r.config.Keys = func() *jobs.KeyRing { return both }
			stop = r.start()
			require.Equal(t, c.reason, r.outcome().Error.Reason)
			stop()
			r.drained()
			require.Empty(t, r.letters())
			r.requireNowhere(ownNumber)
		})
	}
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
