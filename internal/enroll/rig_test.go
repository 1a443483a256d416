package enroll_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const (
	srcClientID = "0c2f5d7e-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	serviceID   = "TEST#ISSUER#01"
	consumerKey = "test-client!0123456789abcdef"
	// patience is for things that must happen, on a machine that does much else.
	patience = 20 * time.Second
)

// testKeys are made once: RSA keys take a while.
//
//nolint:gochecknoglobals // shared by all tests, never changed
var testKeys = sync.OnceValue(func() (keys struct{ signing, other, encryption *rsa.PrivateKey }) {
	for _, key := range []**rsa.PrivateKey{&keys.signing, &keys.other, &keys.encryption} {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}

		*key = made
	}

	return keys
})

// rig is the whole system in one process, each part the real one: a queue and a
// database of the test's own, the sandbox behind HTTP, and a worker.
type rig struct {
	t         *testing.T
	server    *stack.NATS
	js        jetstream.JetStream
	store     *store.Store
	database  string
	skew      func(time.Duration) // how far Postgres' clock is ahead of all others
	sandbox   *sandbox.Sandbox
	intake    jobs.IntakeKey
	sealer    *jobs.Sealer
	publisher *jobs.Publisher
	outcomes  chan jobs.Outcome
	config    enroll.Config
	signing   *replaceableKey
	api       mastercard.Config
	allocator func(enroll.Program) pace.Allocator // nil: rates are not kept
	log       *parts.Log
	bad       atomic.Bool // what panics in some tests does so now
}

func newRig(t *testing.T) *rig {
	t.Helper()

	return newRigWith(t, 3*time.Second)
}

// newRigWith chooses after what time without a sign of life a job goes to another worker.
func newRigWith(t *testing.T, ackWait time.Duration) *rig {
	t.Helper()

	r := &rig{t: t, log: &parts.Log{}, outcomes: make(chan jobs.Outcome, 1000), signing: &replaceableKey{}}

	r.server = stacktest.NATS(t)
	js, err := jetstream.New(stacktest.Connect(t, r.server))
	require.NoError(t, err)
	r.js = js

	r.database = stacktest.Database(t)
	r.skew = stacktest.SkewPostgres(t, r.database)
	r.store, err = store.Open(t.Context(), r.database, store.Options{})
	require.NoError(t, err)
	t.Cleanup(r.store.Close)

	r.startSandbox()
	r.makeKeys()
	r.config.Topology = jobs.Topology{Programs: []string{"demo"}, AckWait: ackWait}
	r.listen()

	return r
}

func (r *rig) startSandbox() {
	r.restartSandbox(time.Now)

	keys := testKeys()
	encryption, err := mastercard.NewEncryptionKey(oldKid(), &keys.encryption.PublicKey, time.Time{})
	require.NoError(r.t, err)
	r.signing.set(r.t, keys.signing)

	r.api.ConsumerKey, r.api.SigningKey, r.api.EncryptionKey = consumerKey, r.signing, encryption
	r.api.CallTimeout = 5 * time.Second
}

// startSandboxWith replaces the sandbox by another.
func (r *rig) startSandboxWith(options sandbox.Options) {
	var err error

	r.sandbox, err = sandbox.New(options)
	require.NoError(r.t, err)

	server := httptest.NewServer(r.sandbox)
	r.t.Cleanup(server.Close)
	r.api.BaseURL = server.URL + sandbox.BasePath
}

// oldKid names the sandbox's first key.
func oldKid() string { return sandbox.KeyID(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) }

// makePacers makes those of the worker that is started next, with probes that come soon.
func (r *rig) makePacers() {
	probes := pace.Options{
		FirstProbe: 20 * time.Millisecond, LongestProbe: 100 * time.Millisecond,
		FirstTrial: 20 * time.Millisecond, LongestTrial: 100 * time.Millisecond,
	}
	r.config.Pacers = enroll.NewPacers(r.config.Programs, enroll.PacerOptions{
		InFlight: r.config.InFlight, GuardWindow: r.config.GuardWindow, Gate: probes, Allocator: r.allocator, Logger: r.config.Logger,
	})
}

func (r *rig) makeKeys() {
	r.intake = parts.IntakeKey(r.t)
	ring := parts.Ring(r.t, r.intake)

	var err error

	r.sealer, err = jobs.NewSealer(r.intake.Public(), nil)
	require.NoError(r.t, err)
	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})

	r.config = enroll.Config{
		Name: "worker-1",
		Programs: map[string]enroll.Program{"demo": {
			Name: "demo", SrcClientID: srcClientID, ServiceID: serviceID, CardSource: "ISSUER", ConsumerIdentity: "EMAIL_ADDRESS",
			MaxAttempts: 3, MaxAge: enroll.Duration(time.Hour), OnUnknown: enroll.Resend,
			Backoff: pace.Backoff{Base: 10 * time.Millisecond, Cap: 50 * time.Millisecond},
		}},
		Keys:     func() *jobs.KeyRing { return ring },
		HMACKeys: hmacKeys(parts.HMACKey(r.t)),
		HandBack: 50 * time.Millisecond,

		InspectEvery: 200 * time.Millisecond,
		Logger:       slog.New(slog.NewTextHandler(r.log, nil)),
	}
}

// listen creates the streams and collects outcomes as an upstream system would.
func (r *rig) listen() {
	_, err := jobs.Ensure(r.t.Context(), r.js, r.config.Topology)
	require.NoError(r.t, err)

	_, err = r.js.Conn().Subscribe("enroll.outcomes.>", func(msg *nats.Msg) {
		var outcome jobs.Outcome
		if json.Unmarshal(msg.Data, &outcome) == nil {
			r.outcomes <- outcome
		}
	})
	require.NoError(r.t, err)
}

// start runs a worker and returns what stops it and gives its account.
func (r *rig) start() (stop func() enroll.Summary) {
	r.t.Helper()

	return r.startWith(r.js, r.store, r.client())
}

func (r *rig) client() *mastercard.Client {
	r.t.Helper()

	client, err := mastercard.New(r.api)
	require.NoError(r.t, err)

	return client
}

func (r *rig) startWith(js jetstream.JetStream, ledger enroll.Ledger, api enroll.API) (stop func() enroll.Summary) {
	r.t.Helper()

	r.makePacers()
	worker, err := enroll.New(js, ledger, api, r.config)
	require.NoError(r.t, err)

	return parts.Run(r.t, worker)
}

func (r *rig) seal(id, number string) jobs.Job {
	r.t.Helper()

	job, err := r.sealer.Seal(jobs.Job{ID: id, Program: "demo", Batch: "b1"}, parts.Payload(number))
	require.NoError(r.t, err)

	return job
}

func (r *rig) publish(id, number string) jobs.Job {
	r.t.Helper()

	job := r.seal(id, number)
	_, err := r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)

	return job
}

// publishRaw puts bytes on the stream as a careless publisher would.
func (r *rig) publishRaw(subject string, body []byte) {
	r.t.Helper()

	_, err := r.js.Publish(r.t.Context(), subject, body)
	require.NoError(r.t, err)
}

// outcome waits for the event of the next job that ends.
func (r *rig) outcome() jobs.Outcome {
	r.t.Helper()

	select {
	case outcome := <-r.outcomes:
		return outcome
	case <-time.After(patience):
		r.t.Fatalf("no outcome came; log:\n%s", r.log)
		return jobs.Outcome{}
	}
}

// outcomesOf waits for the outcomes of n jobs and returns them by job id. One may be announced again, as it was.
func (r *rig) outcomesOf(n int) map[string]jobs.Outcome {
	r.t.Helper()

	all := make(map[string]jobs.Outcome, n)
	for len(all) < n {
		outcome := r.outcome()
		if before, again := all[outcome.ID]; again {
			require.Equal(r.t, before, outcome)
		}

		all[outcome.ID] = outcome
	}

	return all
}

func (r *rig) row(id string) store.Outcome {
	r.t.Helper()

	return parts.Row(r.t, r.store, id)
}

// letters returns the dead letters there are.
func (r *rig) letters() []jobs.DeadLetter {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamDead)
	require.NoError(r.t, err)

	var letters []jobs.DeadLetter

	for i := uint64(1); i <= stream.CachedInfo().State.LastSeq; i++ {
		msg, err := stream.GetMsg(r.t.Context(), i)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // removed
		}

		require.NoError(r.t, err)

		var letter jobs.DeadLetter
		require.NoError(r.t, json.Unmarshal(msg.Data, &letter))
		letters = append(letters, letter)
	}

	return letters
}

// awaitEmptyQueue waits until workers have acknowledged every job.
func (r *rig) awaitEmptyQueue() {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamJobs)
	require.NoError(r.t, err)
	eventually.True(r.t, func() bool {
		info, err := stream.Info(r.t.Context())
		return err == nil && info.State.Msgs == 0
	}, patience, 10*time.Millisecond)
}

// drained requires that nothing is left to do in the queue, once a worker has stopped.
func (r *rig) drained() {
	r.t.Helper()

	for _, name := range []string{jobs.StreamJobs, jobs.StreamRetry} {
		eventually.True(r.t, func() bool { // the server works on acknowledgements by and by
			stream, err := r.js.Stream(r.t.Context(), name)
			return err == nil && stream.CachedInfo().State.Msgs == 0
		}, patience, time.Millisecond, "left in %s", name)
	}
}

// replaceableKey is a signing key that a test can change while calls run.
type replaceableKey struct {
	key atomic.Pointer[mastercard.SigningKey]
}

func (k *replaceableKey) SigningKey() *mastercard.SigningKey { return k.key.Load() }

func (k *replaceableKey) set(t *testing.T, private *rsa.PrivateKey) {
	t.Helper()

	key, err := mastercard.NewSigningKey(private, time.Time{})
	require.NoError(t, err)
	k.key.Store(key)
}

func hmacKeys(keys ...enroll.HMACKey) func() []enroll.HMACKey {
	return func() []enroll.HMACKey { return keys }
}
