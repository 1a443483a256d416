package devcli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/settings"
)

// Sandbox is the grammar of the command sandbox.
type Sandbox struct {
	cli.Versioned `embed:""`

	Serve SandboxServe `cmd:"" default:"withargs" help:"Stand in for Mastercard's API."`
	Pans  SandboxPANs  `cmd:""                    help:"List the test card numbers and what they lead to."`

	Completion cli.Completion `cmd:"" help:"Print the script by which a shell completes this command."`
}

// SandboxServe is sandbox serve, or sandbox alone.
type SandboxServe struct {
	settings.Log `embed:""`

	Listen string `name:"sandbox-listen" default:"127.0.0.1:8181" help:"Address to serve the API at."`
	Keys   string `name:"sandbox-keys"   placeholder:"DIR"        help:"Folder of keys made by: demo keygen DIR." required:""`

	ClientIDOptional bool          `name:"sandbox-client-id-optional" help:"Take calls without the header x-openapi-clientid."`
	TokenLifetime    time.Duration `name:"sandbox-token-lifetime" default:"15m" help:"For how long an access token of OAuth 2.0 is good; 1s to 24h."`
	RequireNonce     bool          `name:"sandbox-require-nonce" help:"Refuse proofs of OAuth 2.0 that lack a nonce of the sandbox's."`
}

// sandboxGrace is for requests that are being answered when the sandbox is told to stop.
const sandboxGrace = 5 * time.Second

// Run serves until it is told to stop.
func (c *SandboxServe) Run(ctx context.Context, streams cli.Streams) error {
	if c.Keys == "" {
		return settings.Faultf("--sandbox-keys: is missing")
	}

	if c.TokenLifetime < time.Second || c.TokenLifetime > 24*time.Hour {
		return settings.Faultf("--sandbox-token-lifetime: %s is not 1s to 24h", c.TokenLifetime)
	}

	logger := c.Logger(streams.Err)

	options, err := devkeys.Dir(c.Keys).Sandbox()
	if err != nil {
		return err
	}

	options.Logger = logger
	options.ClientIDOptional = c.ClientIDOptional
	options.OAuth2 = sandbox.OAuth2{TokenLifetime: c.TokenLifetime, RequireNonce: c.RequireNonce}

	api, err := sandbox.New(options) //nolint:contextcheck,nolintlint // nothing that could be canceled; found now and then
	if err != nil {
		return err
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--sandbox-listen %s: %w", c.Listen, err)
	}

	fmt.Fprintf(streams.Out, "sandbox at http://%s%s, ledger at http://%[1]s%[3]s\n",
		listener.Addr(), sandbox.BasePath, sandbox.LedgerPath)

	return serve(ctx, listener, sandboxHandler(api))
}

// sandboxHandler serves the API, and the ledger beside it: this is a tool for tests.
func sandboxHandler(api *sandbox.Sandbox) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle(sandbox.LedgerPath, api.Admin())

	return mux
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	const headerTimeout = 10 * time.Second

	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}

	var closed error

	end := guard.After(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sandboxGrace)
		defer cancel()

		if closed = server.Shutdown(ctx); errors.Is(closed, context.DeadlineExceeded) {
			closed = server.Close()
		}
	})

	served := server.Serve(listener)
	end.Stop()

	if p := end.Panic(); p != nil {
		return p
	}

	if !errors.Is(served, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", served)
	}

	return closed
}

// SandboxPANs is sandbox pans.
type SandboxPANs struct {
	cli.ForPrograms `embed:""`
}

// testPAN is a test card number for programs.
type testPAN struct {
	PAN       string `json:"pan"`
	Scenario  int    `json:"scenario"`
	Meaning   string `json:"meaning,omitempty"`
	Published bool   `json:"published"`
}

// Run prints the table.
func (c *SandboxPANs) Run(streams cli.Streams) error {
	if c.JSON {
		return c.Print(streams, testPANs())
	}

	fmt.Fprintf(streams.Out, "%sSSNNNNNC: a scenario of two digits, five digits of your choice, a check digit\n\n", sandbox.Prefix)

	for _, scenario := range sandbox.Scenarios() {
		fmt.Fprintf(streams.Out, "  %02d  e.g. %s  %s\n", scenario.Number, sandbox.PAN(scenario.Number, 1), scenario.Meaning)
	}

	fmt.Fprintf(streams.Out, "\nPublished test numbers:\n\n")

	for _, published := range sandbox.TestPANs() {
		fmt.Fprintf(streams.Out, "  %s  scenario %02d\n", published.PAN, published.Scenario)
	}

	return nil
}

func testPANs() []testPAN {
	var all []testPAN

	for _, scenario := range sandbox.Scenarios() {
		all = append(all, testPAN{PAN: sandbox.PAN(scenario.Number, 1), Scenario: scenario.Number, Meaning: scenario.Meaning})
	}

	for _, published := range sandbox.TestPANs() {
		all = append(all, testPAN{PAN: published.PAN, Scenario: published.Scenario, Published: true})
	}

	return all
}
