package service

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// API says where and as whom Mastercard is called.
type API struct {
	OAuth2       `embed:""`
	TokenConnect `embed:""`

	MastercardURL          string        `name:"mastercard-url"            placeholder:"URL"   help:"Base URL of the API, or one of sandbox, production, sandbox-india, production-india."`
	MastercardCAFile       string        `name:"mastercard-ca-file"        placeholder:"FILE"  help:"Certificate authorities to trust the API and the key set's URL by, beside the system's (PEM)."`
	ConsumerKeyFile        string        `name:"consumer-key-file"         placeholder:"FILE"  help:"File with the project's consumer key."`
	SigningKeyFile         string        `name:"signing-key-file"          placeholder:"FILE"  help:"Key that signs requests: PKCS#12, PEM or DER, of RSA. With OAuth 2.0 also JWK, and EC P-256."`
	SigningKeyPasswordFile string        `name:"signing-key-password-file" placeholder:"FILE"  help:"Password of a PKCS#12 file."`
	SigningKeyAlias        string        `name:"signing-key-alias"         placeholder:"NAME"  help:"Alias (friendly name) of the key in a PKCS#12 file that holds several."`
	Auth                   string        `name:"auth"                      default:"oauth1"    help:"How calls are authorized: oauth1 or oauth2. A program's own auth comes first." enum:"oauth1,oauth2"`
	EncryptionKeyFile      string        `name:"encryption-key-file"       placeholder:"FILE"  help:"Mastercard's key for cards: JWKS, or key or certificate (PEM, DER) with --encryption-kid."`
	EncryptionKeyURL       string        `name:"encryption-key-url"        placeholder:"URL"   help:"JWKS to take Mastercard's key from instead, refreshed every hour; or one of sandbox, production."`
	EncryptionKeyCache     string        `name:"encryption-key-cache"      placeholder:"FILE"  help:"Where the last good copy of that JWKS is kept, for starting while it cannot be reached."`
	EncryptionKid          string        `name:"encryption-kid"            placeholder:"KID"   help:"Kid of that key: needed with PEM, pins the choice with a JWKS."`
	VerdictsFile           string        `name:"verdicts-file"             placeholder:"FILE"  help:"Rows that come before those of the verdict table (CSV; see: worker verdicts)."`
	CallTimeout            time.Duration `name:"call-timeout"              default:"30s"       help:"Deadline of one call, from encrypting to the last byte of the answer; 100ms to 10m."`
	MaxRetryAfter          time.Duration `name:"max-retry-after"           default:"1h"        help:"Longest pause that is kept when the API asks for one (Retry-After); 1s to 24h."`
	ComplianceAt           string        `name:"compliance-at"             default:"request"   help:"Where consents go: request or consumer." enum:"request,consumer"`
	OmitClientID           bool          `name:"omit-client-id"                                help:"Leave out the header x-openapi-clientid (the consumer key's first half), which every call has."`
	AcceptInferred         []string      `name:"accept-inferred"           placeholder:"PROFILE" help:"Profiles whose inferred entries may be sent to Mastercard's production hosts, separated by commas."`
	AllowPlainHTTP         bool          `name:"allow-plain-http"                              help:"Let --mastercard-url be http and not loopback: for tests between machines only."`
}

// environments are the names that --mastercard-url takes instead of a URL.
func environments() map[string]string {
	return map[string]string{
		"sandbox":          mastercard.Sandbox,
		"production":       mastercard.Production,
		"sandbox-india":    mastercard.SandboxIndia,
		"production-india": mastercard.ProductionIndia,
	}
}

// A call that gets less time than the least is never answered, and is sent again for nothing.
const (
	leastCallTimeout = 100 * time.Millisecond
	mostCallTimeout  = 10 * time.Minute
	mostRetryAfter   = 24 * time.Hour
)

// Check reports what is wrong apart from the keys and the consumer key, which Keys looks at.
func (a API) Check() error {
	_, errVerdicts := a.Verdicts()
	_, errTransport := a.Transport()

	return settings.Faults(a.checkURL(), errVerdicts, errTransport, a.checkOAuth2(), a.TokenConnect.check(a.AllowPlainHTTP),
		settings.Between("call-timeout", a.CallTimeout, leastCallTimeout, mostCallTimeout),
		settings.Between("max-retry-after", a.MaxRetryAfter, time.Second, mostRetryAfter))
}

func (a API) checkURL() error {
	if err := settings.Missing("mastercard-url", a.MastercardURL); err != nil {
		return err
	}

	return settings.About("mastercard-url", mastercard.CheckBaseURL(a.BaseURL(), a.AllowPlainHTTP))
}

// BaseURL is that of the environment that is named, or what was given.
func (a API) BaseURL() string {
	given := strings.TrimSpace(a.MastercardURL) // a file's line end is no part of it
	if base, named := environments()[given]; named {
		return base
	}

	return given
}

// Client makes the client with the keys. Its error names every setting that is wrong.
func (a API) Client(keys APIKeys, logger *slog.Logger, profiles ...*profile.Profile) (*mastercard.Client, error) {
	verdicts, errVerdicts := a.Verdicts()
	transport, errTransport := a.Transport()

	if err := settings.Faults(errVerdicts, errTransport); err != nil {
		return nil, err
	}

	oauth2, err := a.oauth2Config(transport)
	if err != nil {
		return nil, settings.Faults(err)
	}

	client, err := mastercard.New(mastercard.Config{
		BaseURL:         a.BaseURL(),
		Auth:            a.auth(),
		OAuth2:          oauth2,
		Credentials:     keys.Signing,
		EncryptionKey:   keys.Encryption,
		CredentialTried: func(trial mastercard.CredentialTrial) { logTrial(logger, trial) },
		CallTimeout:     a.CallTimeout,
		MaxRetryAfter:   a.MaxRetryAfter,
		ComplianceAt:    mastercard.CompliancePlace(a.ComplianceAt),
		OmitClientID:    a.OmitClientID,
		AllowPlainHTTP:  a.AllowPlainHTTP,
		Verdicts:        verdicts,
		Transport:       transport,
		Profiles:        profiles,
	})

	return client, settings.Faults(err)
}

// logTrial tells what came of a call with new keys.
func logTrial(logger *slog.Logger, trial mastercard.CredentialTrial) {
	if trial.Accepted {
		logger.Info("the API has accepted the new consumer key and signing key: they are in use from now on",
			"credential", trial.Credential.String())

		return
	}

	logger.Error("the API refuses the new consumer key and signing key: the ones before stay in use",
		"credential", trial.Credential.String(), "source", trial.Failure.Source, "reason", trial.Failure.Reason,
		"message", trial.Failure.Message, "next_trial_after", trial.Again.String())
}

// Verdicts returns the table that decides what answers mean, with the file's rows before the others.
func (a API) Verdicts() (*mastercard.VerdictTable, error) {
	if a.VerdictsFile == "" {
		return mastercard.Verdicts()
	}

	table, err := mastercard.LoadVerdicts(a.VerdictsFile)

	return table, settings.About("verdicts-file", err)
}

// Transport is what a client of these settings makes its calls through. It trusts the authorities of --mastercard-ca-file as
// well.
func (a API) Transport() (*http.Transport, error) {
	transport := mastercard.NewTransport()
	if a.MastercardCAFile == "" {
		return transport, nil
	}

	authorities, err := mastercard.LoadCAs(a.MastercardCAFile)
	transport.TLSClientConfig.RootCAs = authorities

	return transport, settings.About("mastercard-ca-file", err)
}
