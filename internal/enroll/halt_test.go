package enroll_test

import (
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Whatever is wrong with our credentials halts the worker with a word on what to
// do; no job is charged, and all go through once it is mended.
func TestHaltsForEveryBrokenCredential(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 5

	for name, c := range map[string]struct {
		breakIt func(r *rig)
		says    []string
	}{
		"a signing key that is not the project's": {
			func(r *rig) { r.signing.set(r.t, testKeys().other) }, []string{"AUTHENTICATION_FAILED"},
		},
		"a consumer key that is not known": {
			func(r *rig) { r.api.ConsumerKey = "other-client!0123456789abcdef" }, []string{"source=gateway"},
		},
		"a clock that is an hour off": {
			func(r *rig) { r.restartSandbox(func() time.Time { return time.Now().Add(time.Hour) }) },
			[]string{"AUTHENTICATION_FAILED", "clock"},
		},
		"a service id of another client": {
			func(r *rig) { r.setProgram(func(p *enroll.Program) { p.ServiceID = "OTHER#ISSUER#01" }) },
			[]string{"PERMISSION_DENIED", "serviceId"},
		},
		"a client id that is not known": {
			func(r *rig) {
				r.setProgram(func(p *enroll.Program) { p.SrcClientID = "00000000-0000-4000-8000-000000000000" })
			},
			[]string{"srcClientId"},
		},
		"an encryption key that is not the API's": {
			func(r *rig) {
				key, err := mastercard.NewEncryptionKey("20990101000000-other", &testKeys().other.PublicKey, time.Time{})
				require.NoError(r.t, err)
				r.api.EncryptionKey = key
			},
			[]string{"encryptedCard"},
		},
		"an expired signing key": {
			func(r *rig) {
				key, err := mastercard.NewSigningKey(testKeys().signing, time.Now().Add(-time.Hour))
				require.NoError(r.t, err)
				r.signing.key.Store(key)
			},
			[]string{"source=client", "expired"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			good := *r.copyOfSettings()

			for i := range jobsWaiting {
				r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
			}

			c.breakIt(r)
			stop := r.start()
			eventually.True(t, func() bool { return r.log.Contains("HALTED") }, patience, 5*time.Millisecond)
			stop()

			for _, text := range append(c.says, "what_to_do=") {
				require.Contains(t, r.log.String(), text)
			}

			require.Empty(t, r.outcomes)
			require.NotContains(t, strings.ToLower(r.log.String()), "signature base string", "no two of these texts are alike")

			state := r.config.Pacers["demo"].State()
			require.NotEmpty(t, state.Advice, "the status says what to do")
			require.NotContains(t, state.Halted, "oauth_consumer_key")

			for i := range jobsWaiting {
				outcome, seen, err := r.store.Outcome(t.Context(), fmt.Sprintf("job-%d", i))
				require.NoError(t, err)

				if seen {
					require.Equal(t, store.StatusPending, outcome.Status)
					require.NotContains(t, outcome.Failure.Message, "oauth_consumer_key")
				}
			}

			r.restore(good)
			stop = r.start()
			r.outcomesOf(jobsWaiting)
			stop()
			r.drained()
			require.Equal(t, jobsWaiting, r.sandbox.Ledger().Totals().Effects)
		})
	}
}

// settingsOf is what a test of this file breaks, and puts back.
type settingsOf struct {
	api     mastercard.Config
	program enroll.Program
}

func (r *rig) copyOfSettings() *settingsOf {
	return &settingsOf{r.api, r.config.Programs["demo"]}
}

func (r *rig) restore(good settingsOf) {
	r.restartSandbox(time.Now)
	good.api.BaseURL = r.api.BaseURL
	r.api = good.api
	r.setProgram(func(p *enroll.Program) { *p = good.program })
	r.signing.set(r.t, testKeys().signing)
}

func (r *rig) setProgram(change func(*enroll.Program)) {
	program := r.config.Programs["demo"]
	change(&program)
	r.config.Programs = map[string]enroll.Program{"demo": program}
}

// restartSandbox starts the sandbox anew, with another clock.
func (r *rig) restartSandbox(now func() time.Time) { r.startSandboxWith(sandboxOptions(now)) }

func sandboxOptions(now func() time.Time) sandbox.Options {
	keys := testKeys()

	return sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey,
			SigningKeys: []*rsa.PublicKey{&keys.signing.PublicKey},
			Programs:    []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{oldKid(): keys.encryption},
		Now:            now,
	}
}
