package jobs_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

const testPAN = "5204731600014784"

// today is when the tests take place: before the expiry of their cards.
func today() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

func newKey(tb testing.TB) jobs.IntakeKey {
	tb.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	kid, err := jobs.Kid(&key.PublicKey)
	require.NoError(tb, err)

	return jobs.IntakeKey{Kid: kid, Key: key}
}

func newSealer(tb testing.TB, key jobs.IntakeKey) *jobs.Sealer {
	tb.Helper()

	sealer, err := jobs.NewSealer(key.Public(), today)
	require.NoError(tb, err)

	return sealer
}

func goodPayload() jobs.Payload {
	return jobs.Payload{
		Card: jobs.Card{
			PrimaryAccountNumber: pan.Unchecked(testPAN),
			PanExpirationMonth:   "12",
			PanExpirationYear:    "2029",
			CardholderFullName:   "Ana Sample",
			BillingAddress:       &jobs.Address{Line1: "1 Test St", City: "St Louis", CountryCode: "US", Zip: "63101"},
		},
		Consumer: jobs.Consumer{
			EmailAddress: "ana@example.com",
			MobileNumber: &jobs.MobileNumber{CountryCode: "1", PhoneNumber: "5555550100"},
			FirstName:    "Ana",
			LanguageCode: "en",
		},
		Compliance: &jobs.Compliance{Tnc: &jobs.Consent{AcceptedVersion: "LATEST", LatestVersionURI: "https://example.com/terms"}},
	}
}

func sealedJob(tb testing.TB, sealer *jobs.Sealer, id string) jobs.Job {
	tb.Helper()

	job, err := sealer.Seal(jobs.Job{ID: id, Program: "demo", Batch: "b1"}, goodPayload())
	require.NoError(tb, err)

	return job
}

// newQueue starts a server of the test's own and creates the streams on it.
func newQueue(tb testing.TB, topology jobs.Topology) jetstream.JetStream {
	tb.Helper()

	js, err := jetstream.New(stacktest.Connect(tb, stacktest.NATS(tb)))
	require.NoError(tb, err)
	drifts, err := jobs.Ensure(tb.Context(), js, topology)
	require.NoError(tb, err)
	require.Empty(tb, drifts)

	return js
}

// exampleQueue starts a server with the streams and writes a public intake key, as an upstream system finds them.
func exampleQueue() (url, keyFile string, stop func()) {
	dir, err := os.MkdirTemp("", "enroll-example-")
	must(err)
	server, err := stack.StartNATS(context.Background(), stack.NATSOptions{Dir: dir, Listen: "127.0.0.1:0"})
	must(err)
	nc, err := server.Connect()
	must(err)
	js, err := jetstream.New(nc)
	must(err)
	_, err = jobs.Ensure(context.Background(), js, jobs.Topology{})
	must(err)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(err)

	keyFile = filepath.Join(dir, "intake.pub.pem")
	must(os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))

	return server.URL(), keyFile, func() {
		nc.Close()
		server.Stop()
		must(os.RemoveAll(dir))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
