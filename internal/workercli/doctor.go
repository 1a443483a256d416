package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/address"
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Doctor is worker doctor.
type Doctor struct {
	settings.NATS     `embed:""`
	settings.Streams  `embed:""`
	settings.Database `embed:""`
	service.API       `embed:""`
	service.Worker    `embed:""`
	cli.ForPrograms   `embed:""`

	NATSMonitorURL string `name:"nats-monitor-url" placeholder:"URL" help:"Monitoring address of a server of the queue, such as http://nats:8222: it alone tells when the disk is synced."`
}

// Run looks at everything and prints what it has found.
func (c *Doctor) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.checkMonitorURL(); err != nil {
		return err
	}

	report := doctor.Report{At: time.Now().UTC()}
	add := func(checks []doctor.Check) { report.Checks = append(report.Checks, checks...) }

	made, err := c.load(ctx)
	add(doctor.Settings(err))

	if err == nil {
		add(c.keys(made).Check(ctx))
		add(c.api(made).Check(ctx))
	}

	if c.CheckQueue() == nil {
		add(c.queue(made).Check(ctx))
	}

	if c.Database.Check() == nil {
		add(doctor.Database{URL: c.Address(), Role: grants.Worker, Now: time.Now}.Check(ctx))
	}

	if err := ctx.Err(); err != nil {
		return fmt.Errorf("interrupted: %w", err)
	}

	if err := c.Print(streams, report); err != nil {
		return err
	}

	if !c.JSON {
		if err := cli.Fitted(streams.Out, func(w io.Writer, width int) { printChecks(w, width, report) }); err != nil {
			return err
		}
	}

	if report.Count(doctor.Failed) > 0 {
		return cli.ErrFound
	}

	return nil
}

func (c *Doctor) checkMonitorURL() error {
	if c.NATSMonitorURL == "" {
		return nil
	}

	parsed, err := url.Parse(strings.TrimSpace(c.NATSMonitorURL))
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || !address.IsHost(parsed.Host) {
		return settings.Faults(settings.About("nats-monitor-url", errors.New("is not a URL such as http://nats:8222")))
	}

	return nil
}

// load is what worker run does first.
func (c *Doctor) load(ctx context.Context) (*service.Service, error) {
	parts := service.Settings{API: c.API, Worker: c.Worker, Streams: c.Streams}

	return parts.Load(ctx, slog.New(slog.DiscardHandler), c.Database.Check(), c.CheckQueue(), parts.Check())
}

func (c *Doctor) keys(made *service.Service) doctor.Keys {
	keys := doctor.Keys{
		API: made.Keys(), ConsumerKey: made.ConsumerKey(), Intake: made.Config.Keys().Kids(), Now: time.Now, Stale: made.Stale(),
	}
	for _, key := range made.Config.HMACKeys() {
		keys.HMAC = append(keys.HMAC, key.Kid)
	}

	keys.TokenConnect = doctor.TokenConnect{URL: c.TokenConnectBaseURL(), Pushing: made.Pushing()}

	if set := mastercard.PublishedKeys(c.BaseURL()); set != "" && c.EncryptionKeyURL == "" {
		keys.Published = func(ctx context.Context, kid string) (mastercard.KeyInfo, error) {
			transport, err := c.Transport()
			if err != nil {
				return mastercard.KeyInfo{}, err
			}

			published, err := mastercard.OpenKeySetURL(ctx, mastercard.KeySetConfig{URL: set, Pin: kid, Transport: transport})
			if err != nil {
				return mastercard.KeyInfo{}, err
			}

			return published.EncryptionKey().Info(), nil
		}
	}

	return keys
}

func (c *Doctor) api(made *service.Service) doctor.API {
	transport, _ := c.Transport() // load has made one of the same settings
	client := made.Client()

	asked := doctor.API{BaseURL: c.BaseURL(), Transport: transport, Now: time.Now}

	for _, name := range slices.Sorted(maps.Keys(made.Config.Programs)) {
		request := made.Config.Programs[name].ImpossibleCard()
		asked.Read = append(asked.Read, doctor.Reading{Program: name, Ask: func(ctx context.Context) mastercard.Answer {
			return client.ReadCard(ctx, request)
		}})
	}

	return asked
}

func (c *Doctor) queue(made *service.Service) doctor.Queue {
	topology := c.Topology()
	if made != nil {
		topology.Programs = slices.Sorted(maps.Keys(made.Config.Programs))
	}

	return doctor.Queue{
		Connect: func() (jetstream.JetStream, func(), error) {
			return c.Connect("enroll worker doctor", slog.New(slog.DiscardHandler))
		},
		Topology: topology, Role: grants.Worker, MonitorURL: strings.TrimSpace(c.NATSMonitorURL), Transport: mastercard.NewTransport(),
		Now: time.Now,
	}
}

// printChecks prints a paragraph for each check, what to do below what was found.
func printChecks(w io.Writer, width int, report doctor.Report) {
	const indent = 20 // of both columns before the text

	for _, check := range report.Checks {
		text := layout.Wrap(check.Name+": "+check.Found, width-indent)
		if check.Do != "" {
			text += "\n" + layout.Wrap(check.Do, width-indent)
		}

		first := fmt.Sprintf("%-8s  %-8s  ", check.Level, check.Area)
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(w, "%s%s\n", first, line)
			first = strings.Repeat(" ", indent)
		}
	}

	fmt.Fprintf(w, "\n%d ok, %d warnings, %d failed\n",
		report.Count(doctor.OK), report.Count(doctor.Warning), report.Count(doctor.Failed))
}
