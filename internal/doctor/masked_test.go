package doctor_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/pkg/mastercard"
)

// What was found may repeat a setting or the words of a server. It is masked before it is in a check, so that no form of a report
// shows it. Before, --json did.
func TestNoReportRepeatsASecret(t *testing.T) {
	t.Parallel()

	const secret, number = "s3cret-of-nats", "5204731600014784"

	said := errors.New("dialing nats://worker:" + secret + "@queue:4222: no card " + number)

	var checks []doctor.Check

	checks = append(checks, doctor.Queue{Connect: func() (jetstream.JetStream, func(), error) { return nil, nil, said }}.Check(t.Context())...)
	checks = append(checks, doctor.Settings(said)...)
	checks = append(checks, doctor.Keys{
		HMAC: []string{"h"}, Now: now, Stale: said,
		API:          []mastercard.KeyInfo{{Purpose: "signing", Fingerprint: "ab12"}},
		TokenConnect: doctor.TokenConnect{URL: "https://worker:" + secret + "@api.example/mdes"},
	}.Check(t.Context())...)

	text, err := json.Marshal(doctor.Report{Checks: checks})
	require.NoError(t, err)
	require.Contains(t, string(text), "dialing nats://")
	require.NotContains(t, string(text), secret)
	require.NotContains(t, string(text), number)
}

// Jobs that may push need an address to push to, and the other way round.
func TestTokenConnect(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		connect doctor.TokenConnect
		level   doctor.Level
		found   string
	}{
		"as it should be":     {doctor.TokenConnect{URL: "https://x/mdes", Pushing: []string{"gold", "silver"}}, doctor.OK, "https://x/mdes, for jobs of gold, silver"},
		"no address":          {doctor.TokenConnect{Pushing: []string{"gold"}}, doctor.Warning, "jobs of gold may push"},
		"nobody who may push": {doctor.TokenConnect{URL: "https://x/mdes"}, doctor.Warning, "no program's operations have push"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			check := named(t, doctor.Keys{HMAC: []string{"h"}, Now: now, TokenConnect: c.connect}.Check(t.Context()), "Token Connect")
			require.Equal(t, c.level, check.Level)
			require.Contains(t, check.Found, c.found)
		})
	}

	for _, check := range (doctor.Keys{HMAC: []string{"h"}, Now: now}).Check(t.Context()) {
		require.NotEqual(t, "Token Connect", check.Name, "where it is not used, nothing is said")
	}
}
