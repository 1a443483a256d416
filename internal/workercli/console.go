package workercli

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Console is worker console.
type Console struct {
	Serve  ConsoleServe  `cmd:"" default:"withargs" help:"Serve the operators' console to browsers."`
	Passwd ConsolePasswd `cmd:""                    help:"Make a line of the users file: a name, a role and a hashed password."`
}

// ConsoleServe is worker console serve, or worker console alone.
type ConsoleServe struct {
	settings.NATS     `embed:""`
	settings.Streams  `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	ConsoleAccess     `embed:""`

	AllowActs    bool     `name:"allow-acts"    help:"Let those act who have the role operator; without, everybody only reads."`
	HMACKeyFiles []string `name:"hmac-key-files" placeholder:"FILE" help:"Keys of the keyed hashes (base64), by which the console finds cards by their number; it does not without."`
	VerdictsFile string   `name:"verdicts-file" placeholder:"FILE" help:"Rows for the verdict table (CSV) that the workers have: advice is given by it."`
	DoctorReport string   `name:"doctor-report" placeholder:"FILE" help:"Report that worker doctor --json has written, to be shown."`
	TraceURL     string   `name:"trace-url"     placeholder:"URL" help:"Address of a trace in your viewer, with {trace_id} where its id goes, such as https://jaeger.example/trace/{trace_id}: the job page links to it."`
}

// Run serves until it is told to stop.
func (c *ConsoleServe) Run(ctx context.Context, streams cli.Streams) error {
	users, errUsers := c.users()
	verdicts, errVerdicts := c.verdicts()
	keys, errKeys := c.hmacKeys()
	certificate, errCertificate := c.certificate()
	traces, errTraces := console.ParseTraces(c.TraceURL)

	if err := settings.Faults(c.Database.Check(), c.CheckQueue(), c.CheckStreams(), c.check(),
		settings.About("users-file", errUsers), settings.About("hmac-key-files", errKeys),
		errCertificate, settings.About("verdicts-file", errVerdicts), settings.About("trace-url", errTraces)); err != nil {
		return err
	}

	logger := c.Logger(streams.Err)

	js, disconnect, err := c.Connect("enroll console", logger, nats.RetryOnFailedConnect(true)) // it comes, or comes back
	if err != nil {
		return err
	}
	defer disconnect()

	gate := access.New(access.Options{Users: users, Proxy: c.proxy(), Secure: c.secure(), Now: time.Now, Logger: logger})

	made, err := c.console(console.Options{
		Queue: js, Gate: gate, Verdicts: verdicts, Traces: traces, Logger: logger,
	}, keys, certificate)
	if err != nil {
		return err
	}

	listener, err := c.listen(ctx)
	if err != nil {
		return err
	}

	logger.Info("console", "url", c.shownURL(listener), "acts", c.AllowActs)

	return made.Serve(ctx, listener)
}

// verdicts are those of the program, after the file's.
func (c *ConsoleServe) verdicts() (*mastercard.VerdictTable, error) {
	if c.VerdictsFile == "" {
		return mastercard.Verdicts()
	}

	return mastercard.LoadVerdicts(c.VerdictsFile)
}

// console makes one with what the settings say, and with files that may change.
func (c *ConsoleServe) console(
	o console.Options, keys *keyfile.Watched[[]enroll.HMACKey], certificate *keyfile.Watched[tls.Certificate],
) (*console.Console, error) {
	o.Open = func(ctx context.Context) (*store.Store, error) { return c.Open(ctx, o.Logger) }
	o.Acts, o.Examine, o.Report = c.AllowActs, c.examine(o.Queue), c.DoctorReport
	o.Version, o.Now = cli.Version(), time.Now

	return console.New(withCertificate(withKeys(o, keys), certificate))
}
