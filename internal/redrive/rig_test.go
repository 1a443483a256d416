package redrive_test

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
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
	patience = 30 * time.Second
)

// rig is a queue, a database and the sandbox, with an API that can be out, and workers when a test starts one.
type rig struct {
	t        *testing.T
	js       jetstream.JetStream
	store    *store.Store
	url      string // of the database
	sandbox  *sandbox.Sandbox
	outage   atomic.Bool
	sealer   *jobs.Sealer
	config   enroll.Config
	api      mastercard.Config
	outcomes chan jobs.Outcome
}

func newRig(t *testing.T) *rig {
	t.Helper()

	r := &rig{t: t, url: stacktest.Database(t), outcomes: make(chan jobs.Outcome, 1000)}

	var err error

	r.js, err = jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), r.js, jobs.Topology{})
	require.NoError(t, err)

	r.store, err = store.Open(t.Context(), r.url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(r.store.Close)

	intake := parts.IntakeKey(t)
	r.sealer, err = jobs.NewSealer(intake.Public(), nil)
	require.NoError(t, err)

	ring, hmacKey := parts.Ring(t, intake), parts.HMACKey(t)
	r.config = enroll.Config{
		Name: "worker", Programs: map[string]enroll.Program{"demo": program("demo", enroll.Resend), "held": program("held", enroll.Hold)},
		Keys:     func() *jobs.KeyRing { return ring },
		HMACKeys: func() []enroll.HMACKey { return []enroll.HMACKey{hmacKey} },
		HandBack: 50 * time.Millisecond,
	}

	// Upstream systems read the stream: what it takes for a duplicate never comes to them.
	consumer, err := r.js.OrderedConsumer(t.Context(), jobs.StreamOutcomes, jetstream.OrderedConsumerConfig{})
	require.NoError(t, err)
	listening, err := consumer.Consume(func(msg jetstream.Msg) {
		var outcome jobs.Outcome
		if json.Unmarshal(msg.Data(), &outcome) == nil {
			r.outcomes <- outcome
		}
	})
	require.NoError(t, err)
	t.Cleanup(listening.Stop)

	return r
}

func program(name string, onUnknown enroll.OnUnknown) enroll.Program {
	return enroll.Program{
		Name: name, SrcClientID: srcClientID, ServiceID: serviceID, CardSource: "ISSUER", ConsumerIdentity: "EMAIL_ADDRESS",
		MaxAttempts: 2, MaxAge: enroll.Duration(time.Hour), OnUnknown: onUnknown,
		Backoff: pace.Backoff{Base: 10 * time.Millisecond, Cap: 50 * time.Millisecond},
	}
}

// startAPI puts the sandbox behind HTTP, where it can be out: nothing gets through to it then.
func (r *rig) startAPI() {
	r.t.Helper()

	signing, encryption := parts.RSAKey(r.t), parts.RSAKey(r.t)
	kid := sandbox.KeyID(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

	var err error

	r.sandbox, err = sandbox.New(sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey,
			SigningKeys: []*rsa.PublicKey{&signing.PublicKey},
			Programs:    []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{kid: encryption},
	})
	require.NoError(r.t, err)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.outage.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}

		r.sandbox.ServeHTTP(w, q)
	}))
	r.t.Cleanup(server.Close)

	key, err := mastercard.NewSigningKey(signing, time.Time{})
	require.NoError(r.t, err)
	forCards, err := mastercard.NewEncryptionKey(kid, &encryption.PublicKey, time.Time{})
	require.NoError(r.t, err)

	r.api = mastercard.Config{
		BaseURL: server.URL + sandbox.BasePath, ConsumerKey: consumerKey, SigningKey: key, EncryptionKey: forCards,
		CallTimeout: 5 * time.Second,
	}
}

// work runs a worker and returns what stops it.
func (r *rig) work() (stop func()) {
	r.t.Helper()

	client, err := mastercard.New(r.api)
	require.NoError(r.t, err)
	worker, err := enroll.New(r.js, r.store, client, r.config)
	require.NoError(r.t, err)

	running := parts.Run(r.t, worker)

	return func() { running() }
}

func (r *rig) seal(job jobs.Job, number string) jobs.Job {
	r.t.Helper()

	job, err := r.sealer.Seal(job, parts.Payload(number))
	require.NoError(r.t, err)

	return job
}

func (r *rig) publish(job jobs.Job, number string) {
	r.t.Helper()

	_, err := jobs.NewPublisher(r.js, jobs.PublisherOptions{}).Publish(r.t.Context(), r.seal(job, number))
	require.NoError(r.t, err)
}

// outcome waits for the event of a job, the next to come.
func (r *rig) outcome(id string, status store.Status) jobs.Outcome {
	r.t.Helper()

	outcome := r.next()
	require.Equal(r.t, id, outcome.ID)
	require.Equal(r.t, string(status), outcome.Status, outcome.Error)

	return outcome
}

func (r *rig) next() jobs.Outcome {
	r.t.Helper()

	select {
	case outcome := <-r.outcomes:
		return outcome
	case <-time.After(patience):
		r.t.Fatal("no outcome came")
		return jobs.Outcome{}
	}
}

// letter waits for the nth dead letter.
func (r *rig) letter(n int) {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamDead)
	require.NoError(r.t, err)
	eventually.True(r.t, func() bool {
		info, err := stream.Info(r.t.Context())
		return err == nil && info.State.Msgs >= uint64(n)
	}, patience, 5*time.Millisecond)
}

func (r *rig) row(id string) store.Outcome {
	r.t.Helper()

	return parts.Row(r.t, r.store, id)
}

// run redrives and expects no error.
func (r *rig) run(o redrive.Options) redrive.Summary {
	r.t.Helper()

	account, err := redrive.Run(r.t.Context(), r.js, r.store, o)
	require.NoError(r.t, err)

	return account
}

// queued returns the ids of the messages on the job stream, in their order, as the queue knows them.
func (r *rig) queued() []string {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamJobs)
	require.NoError(r.t, err)

	var ids []string

	state := stream.CachedInfo().State
	for sequence := state.FirstSeq; sequence <= state.LastSeq && state.Msgs > 0; sequence++ {
		msg, err := stream.GetMsg(r.t.Context(), sequence)
		require.NoError(r.t, err)

		ids = append(ids, msg.Header.Get(nats.MsgIdHdr))
	}

	return ids
}
