package mastercard_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func TestConfig(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(*mastercard.Config)
		err    string
	}{
		"all defaults":                  {change: func(*mastercard.Config) {}},
		"production":                    {change: at(mastercard.Production)},
		"India":                         {change: at(mastercard.SandboxIndia)},
		"production in India":           {change: at(mastercard.ProductionIndia)},
		"a port of its own":             {change: at("https://sandbox.example:8443/api")},
		"plain http to this machine":    {change: at("http://127.0.0.1:8080")},
		"plain http to localhost":       {change: at("http://localhost:8080")},
		"plain http to ::1":             {change: at("http://[::1]:8080")},
		"plain http, and it is allowed": {change: func(c *mastercard.Config) { c.BaseURL, c.AllowPlainHTTP = "http://sandbox.example", true }},

		"no base URL":                {change: at(""), err: "BaseURL is not a URL such as https://sandbox.api"},
		"a base URL of another kind": {change: at("ftp://api.example"), err: "is not a URL such as"},
		"a base URL without host":    {change: at("https:///cards"), err: "is not a URL such as"},
		"a base URL that is broken":  {change: at("https://a b/"), err: "is not a URL such as"},
		"plain http":                 {change: at("http://api.example"), err: "is not https"},
		"credentials in the URL":     {change: at("https://a:secret@api.example"), err: "holds a user name or password"},
		"a query":                    {change: at("https://api.example/?a=b"), err: "has a query or a fragment"},
		"a fragment":                 {change: at("https://api.example/#a"), err: "has a query or a fragment"},
		"an encoded path":            {change: at("https://api.example/a%2Fb"), err: "would have to be encoded"},
		"a path with a space":        {change: at("https://api.example/a b"), err: "would have to be encoded"},
		"another scheme's port":      {change: at("https://api.example:80"), err: "names port 80"},
		"the scheme's own port":      {change: at("https://[::1]:443"), err: "names port 443"},

		"no consumer key":          {change: func(c *mastercard.Config) { c.ConsumerKey = "" }, err: "ConsumerKey is not"},
		"half a consumer key":      {change: func(c *mastercard.Config) { c.ConsumerKey = "abc" }, err: "ConsumerKey is not"},
		"an encoded consumer key":  {change: func(c *mastercard.Config) { c.ConsumerKey = "abc%21def" }, err: "ConsumerKey is not"},
		"no signing key":           {change: func(c *mastercard.Config) { c.SigningKey = nil }, err: "SigningKey is missing"},
		"no encryption key":        {change: func(c *mastercard.Config) { c.EncryptionKey = nil }, err: "EncryptionKey is missing"},
		"a negative deadline":      {change: within(-time.Second), err: "CallTimeout -1s is negative"},
		"a negative answer":        {change: func(c *mastercard.Config) { c.MaxAnswerBytes = -1 }, err: "MaxAnswerBytes -1 is negative"},
		"a negative retry":         {change: func(c *mastercard.Config) { c.MaxRetryAfter = -1 }, err: "MaxRetryAfter -1ns is negative"},
		"consents in another spot": {change: func(c *mastercard.Config) { c.ComplianceAt = "x" }, err: `ComplianceAt "x" is neither`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := mastercard.New(settings(t, c.change))
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
				require.NotContains(t, err.Error(), "secret")
			}
		})
	}
}

func TestConfigNamesEverythingWrong(t *testing.T) {
	t.Parallel()

	_, err := mastercard.New(mastercard.Config{CallTimeout: -1})
	for _, setting := range []string{"BaseURL", "ConsumerKey", "SigningKey", "EncryptionKey", "CallTimeout"} {
		require.ErrorContains(t, err, setting)
	}
}

// keys gives whatever keys it holds, none included.
type keys struct {
	signing    *mastercard.SigningKey
	encryption *mastercard.EncryptionKey
}

func (k keys) SigningKey() *mastercard.SigningKey       { return k.signing }
func (k keys) EncryptionKey() *mastercard.EncryptionKey { return k.encryption }

// A key that is missing or ended is nobody's job's fault.
func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()

	ended := clock.Add(-time.Minute)
	endedSigning, err := mastercard.NewSigningKey(signingRSA(), ended)
	require.NoError(t, err)
	endedEncryption, err := mastercard.NewEncryptionKey(kid, &encryptionRSA().PublicKey, ended)
	require.NoError(t, err)

	good := keys{signing: signingKey(t), encryption: encryptionKey(t)}

	for name, c := range map[string]struct {
		keys            keys
		reason, message string
	}{
		"no signing key":         {keys{nil, good.encryption}, mastercard.ReasonKeyMissing, "there is no signing key"},
		"no encryption key":      {keys{good.signing, nil}, mastercard.ReasonKeyMissing, "there is no encryption key"},
		"signing key expired":    {keys{endedSigning, good.encryption}, mastercard.ReasonKeyExpired, "signing key RSA-2048"},
		"encryption key expired": {keys{good.signing, endedEncryption}, mastercard.ReasonKeyExpired, "encryption key " + kid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(roundTripper(nil)), func(config *mastercard.Config) {
				config.SigningKey, config.EncryptionKey = c.keys, c.keys
			})
			answer := client.Enroll(t.Context(), enrollRequest())

			require.Equal(t, mastercard.Halted, answer.Verdict)
			require.Equal(t, mastercard.SourceClient, answer.Failure.Source)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Contains(t, answer.Failure.Message, c.message)
			require.NotEmpty(t, answer.Advice)
		})
	}
}

func TestEnrollWithoutAPAN(t *testing.T) {
	t.Parallel()

	answer := newClient(t, through(roundTripper(nil))).Enroll(t.Context(),
		mastercard.EnrollRequest{SrcClientID: srcClientID, ServiceID: serviceID})
	require.Equal(t, mastercard.Rejected, answer.Verdict)
	require.Equal(t, mastercard.Failure{
		Source: "client", Reason: "INVALID_REQUEST", Detail: "CANNOT_BE_NULL", Field: "card.primaryAccountNumber",
		Message: "the PAN is missing",
	}, answer.Failure)
}
