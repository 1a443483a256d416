package purge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/purge"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

// rig is a queue of the test's own, and an intake key.
type rig struct {
	*testing.T

	js     jetstream.JetStream
	bucket *control.Bucket
	key    jobs.IntakeKey
	ring   *jobs.KeyRing
	log    bytes.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	key := parts.IntakeKey(t)
	ring, err := jobs.NewKeyRing(key)
	require.NoError(t, err)

	return &rig{T: t, js: js, bucket: control.New(js), key: key, ring: ring}
}

func (r *rig) purger(keys func() *jobs.KeyRing) *purge.Purger {
	return purge.New(r.js, r.bucket, keys, slog.New(slog.NewTextHandler(&r.log, nil)))
}

func (r *rig) run() purge.Account {
	r.Helper()

	account, err := r.purger(func() *jobs.KeyRing { return r.ring }).Run(r.Context())
	require.NoError(r, err)

	return account
}

// seal seals what a careless publisher may seal.
func seal(t *testing.T, key jobs.IntakeKey, clear string) string {
	t.Helper()

	recipient := jose.Recipient{Algorithm: jose.ECDH_ES, Key: &key.Key.PublicKey, KeyID: key.Kid}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, recipient, nil)
	require.NoError(t, err)
	object, err := encrypter.Encrypt([]byte(clear))
	require.NoError(t, err)
	sealed, err := object.CompactSerialize()
	require.NoError(t, err)

	return sealed
}

// letter is a dead letter with something sealed.
func letter(t *testing.T, id, reason, sealed string) string {
	t.Helper()

	body, err := json.Marshal(jobs.DeadLetter{
		Schema: 1, Status: "invalid", Error: jobs.Failure{Reason: reason}, Job: jobs.Job{Schema: 1, ID: id, Program: "demo", Sealed: sealed},
	})
	require.NoError(t, err)

	return string(body)
}

// write puts a letter on a subject, and returns its sequence.
func (r *rig) write(subject, body string) uint64 {
	r.Helper()

	ack, err := r.js.Publish(r.Context(), subject, []byte(body))
	require.NoError(r, err)

	return ack.Sequence
}

func (r *rig) there(sequence uint64) bool {
	r.Helper()

	stream, err := r.js.Stream(r.Context(), jobs.StreamDead)
	require.NoError(r, err)
	_, err = stream.GetMsg(r.Context(), sequence)

	return err == nil
}

const payload = `{"card":{"primaryAccountNumber":"5204731600014784",%s"panExpirationMonth":"12"},"consumer":{"lastName":"Pin"}}`

// What earlier versions have left of a security code is removed, and nothing else.
func TestLettersWithASecurityCodeAreRemoved(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	of := func(member string) string { return seal(t, r.key, fmt.Sprintf(payload, member)) }

	wrapped, err := r.ring.SealMessage(jobs.Job{ID: "w", Program: "demo"}, []byte(`{"schema":2,"cvc":"123"}`))
	require.NoError(t, err)

	nested, err := r.ring.SealMessage(jobs.Job{ID: "n", Program: "demo"}, []byte(`{"schema":2,"sealed":"`+of(`"cvc":"1",`)+`"}`))
	require.NoError(t, err)

	other, err := r.ring.SealMessage(jobs.Job{ID: "o", Program: "demo"}, []byte(`{"schema":2,"card_sealed":"`+of(`"cvc":"1",`)+`"}`))
	require.NoError(t, err)

	cases := map[string]struct {
		body   string
		remove bool
	}{
		"a code":                                {letter(t, "a", "SECURITY_CODE", of(`"cvc":"123",`)), true},
		"a pin, behind another fault":           {letter(t, "b", "INVALID_FIELD", of(`"a":1,"pinBlock":"1",`)), true},
		"a stripe, whatever the reason":         {letter(t, "c", "EXPIRED_CARD", of(`"x":{"track2Data":"1"},`)), true},
		"a code under a name used twice":        {letter(t, "d", "INVALID_PAN", of(`"x":{"cvc":"1"},"x":1,`)), true},
		"a code in a whole message":             {letter(t, "e", "UNKNOWN_SCHEMA", wrapped.Sealed), true},
		"a code in the seal of a whole message": {letter(t, "n", "UNKNOWN_SCHEMA", nested.Sealed), true},
		"a message as it came, with one":        {`{"schema":1,"id":"f","cvc":"123"}`, true},
		"a message as it came, sealed":          {`{"schema":1,"id":"g","sealed":"` + of(`"cvv2":"1",`) + `"}`, true},
		"none":                                  {letter(t, "h", "INVALID_PAN", of("")), false},
		"the reason only":                       {letter(t, "i", "SECURITY_CODE", of("")), false},
		"a message as it came, without":         {`{"schema":1,"id":"j","name":"cvc"}`, false},
		"a message as it came, no JSON":         {`cvc=123`, true},
		"a seal of what is no JSON":             {letter(t, "o", "NOT_JSON", seal(t, r.key, `{"card":{"cvc":"123"`)), true},
		"a stripe as a name":                    {letter(t, "p", "INVALID_FIELD", of(`"cardholderFullName":"%B5204731600014784^DOE/ANA^2912",`)), true},
		"a seal under another name":             {letter(t, "q", "UNKNOWN_SCHEMA", other.Sealed), true},
		"no JSON":                               {`hello`, false},
		"a seal for a key that is gone":         {letter(t, "k", "UNKNOWN_KID", seal(t, parts.IntakeKey(t), fmt.Sprintf(payload, `"cvc":"1",`))), false},
		"a seal that is altered or empty":       {letter(t, "l", "SECURITY_CODE", "a..b.c.d"), false},
		"no seal":                               {letter(t, "m", "INVALID_FIELD", ""), false},
	}

	sequences := map[string]uint64{}

	for name, c := range cases {
		subject := jobs.DeadSubject("demo", "job")
		if len(name)%2 == 0 {
			subject = jobs.OldDeadSubject("demo")
		}

		sequences[name] = r.write(subject, c.body)
	}

	ticks := make(chan time.Time)
	r.purger(func() *jobs.KeyRing { return r.ring }).RunUntilDone(t.Context(), ticks)

	for name, c := range cases {
		require.Equal(t, !c.remove, r.there(sequences[name]), name)
	}

	require.Contains(t, r.log.String(), "removed=12")
	require.Contains(t, r.log.String(), "letters=2", "what cannot be opened is left, and said")
	require.NotContains(t, r.log.String(), "ERROR")

	require.Zero(t, r.run().Looked, "the next worker that starts does not look again")

	late := r.write(jobs.DeadSubject("demo", "late"), letter(t, "late", "SECURITY_CODE", of(`"cvc":"1",`)))
	require.Equal(t, purge.Account{Looked: 1, Removed: 1, Sealed: 2}, r.run(), "but for what was written since, by an old worker")
	require.False(t, r.there(late))
}

func TestALookGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	for i := range 10 {
		r.write(jobs.DeadSubject("demo", strconv.Itoa(i)), letter(t, "x", "", seal(t, r.key, fmt.Sprintf(payload, `"cvc":"1",`))))
	}

	ctx, cancel := context.WithCancel(t.Context())
	asked := 0

	account, err := r.purger(func() *jobs.KeyRing {
		if asked++; asked == 5 { // the first is for the names of the keys
			cancel()
		}

		return r.ring
	}).Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, account.Looked, 10)

	rest := r.run()
	require.Equal(t, 10, account.Removed+rest.Removed)
	require.LessOrEqual(t, account.Looked+rest.Looked, 11, "the letter at which it was interrupted may be looked at twice")
}

func TestAllLettersAreLookedAtAgain(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(r *rig, missing jobs.IntakeKey){
		"by a worker with a key that was missing": func(r *rig, missing jobs.IntakeKey) {
			ring, err := jobs.NewKeyRing(r.key, missing)
			require.NoError(r, err)

			r.ring = ring
		},
		"by a new rule": func(r *rig, missing jobs.IntakeKey) {
			require.NoError(r, r.bucket.SetPurged(r.Context(), control.Purged{Rule: purge.Rule - 1, Through: 1000}))

			ring, err := jobs.NewKeyRing(missing)
			require.NoError(r, err)

			r.ring = ring
		},
		"in a stream that was made anew": func(r *rig, missing jobs.IntakeKey) {
			require.NoError(r, r.bucket.SetPurged(r.Context(), control.Purged{Rule: purge.Rule, Through: 1000}))

			ring, err := jobs.NewKeyRing(missing)
			require.NoError(r, err)

			r.ring = ring
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			missing := parts.IntakeKey(t)
			sequence := r.write(jobs.DeadSubject("demo", "a"), letter(t, "a", "UNKNOWN_KID", seal(t, missing, fmt.Sprintf(payload, `"cvc":"1",`))))
			require.Equal(t, purge.Account{Looked: 1, Sealed: 1}, r.run())
			require.True(t, r.there(sequence))

			change(r, missing)

			require.Equal(t, purge.Account{Looked: 1, Removed: 1}, r.run())
			require.False(t, r.there(sequence))
		})
	}
}

// A letter that came while only a worker without its key was started is looked at when one with the key is, although that one's
// keys were used for the letters before it.
func TestALetterThatAnotherWorkerCouldNotOpenIsLookedAtAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.write(jobs.DeadSubject("demo", "a"), letter(t, "a", "DEAD", seal(t, r.key, fmt.Sprintf(payload, ""))))
	require.Equal(t, purge.Account{Looked: 1}, r.run())

	first := r.ring

	var err error

	r.ring, err = jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	sequence := r.write(jobs.DeadSubject("demo", "b"), letter(t, "b", "UNKNOWN_KID", seal(t, r.key, fmt.Sprintf(payload, `"cvc":"1",`))))
	require.Equal(t, purge.Account{Looked: 1, Sealed: 1}, r.run())
	require.True(t, r.there(sequence))

	r.ring = first
	require.Equal(t, purge.Account{Looked: 2, Removed: 1}, r.run())
	require.False(t, r.there(sequence))
}

// failingNotes fail once.
type failingNotes struct {
	*control.Bucket

	failed bool
}

func (f *failingNotes) Purged(ctx context.Context) (control.Purged, error) {
	if !f.failed {
		f.failed = true
		return control.Purged{}, context.DeadlineExceeded
	}

	return f.Bucket.Purged(ctx)
}

func TestALookThatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	sequence := r.write(jobs.DeadSubject("demo", "a"), letter(t, "a", "SECURITY_CODE", seal(t, r.key, fmt.Sprintf(payload, `"cvc":"1",`))))

	ticks := make(chan time.Time, 1)
	ticks <- time.Now()

	purge.New(r.js, &failingNotes{Bucket: r.bucket}, func() *jobs.KeyRing { return r.ring }, slog.New(slog.NewTextHandler(&r.log, nil))).
		RunUntilDone(t.Context(), ticks)

	require.False(t, r.there(sequence))
	require.Equal(t, 1, strings.Count(r.log.String(), "level=ERROR"))
}

// Without letters there is nothing to look at, and a queue that nobody has prepared has no stream of them.
func TestNoLetters(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	require.Zero(t, r.run())

	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamDead))
	require.Zero(t, r.run())
}
