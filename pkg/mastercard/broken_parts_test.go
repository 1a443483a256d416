package mastercard_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// brokenKeys panics with what no log should hold.
type brokenKeys struct{}

func (brokenKeys) EncryptionKey() *mastercard.EncryptionKey { panic(testPAN) }

// Whatever is passed in, a call ends in a verdict.
func TestBrokenParts(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		config  func(*mastercard.Config)
		verdict mastercard.Verdict
		reason  string
	}{
		"keys that panic": {
			config:  func(c *mastercard.Config) { c.EncryptionKey = brokenKeys{} },
			verdict: mastercard.Retry,
			reason:  mastercard.ReasonPanic,
		},
		"a transport that panics": {
			config:  through(roundTripper(func(*http.Request) (*http.Response, error) { panic(testPAN) })),
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonPanic,
		},
		"a transport that does not report what it wrote": {
			config:  through(roundTripper(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED })),
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonConnectionRefused,
		},
		"a transport that returns nothing": {
			config: through(roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, nil //nolint:nilnil // what a broken transport does
			})),
			verdict: mastercard.Unknown,
			reason:  mastercard.ReasonNetwork,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newClient(t, c.config).Enroll(t.Context(), enrollRequest())
			require.Equal(t, c.verdict, answer.Verdict)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
		})
	}
}
