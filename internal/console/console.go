package console

import (
	"context"
	"crypto/tls"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Options of a console.
type Options struct {
	// Open connects to Postgres. It is asked again after it has failed.
	Open func(ctx context.Context) (*store.Store, error)
	// Queue need not be connected: the console shows what it can.
	Queue jetstream.JetStream
	Gate  *access.Gate
	// Acts lets operators act. Without it everybody reads.
	Acts bool
	// FindCard finds the jobs of a card by its number; nil: the keys for that are not loaded.
	FindCard func(ctx context.Context, s *store.Store, number pan.Number) ([]store.JobState, error)
	Verdicts *mastercard.VerdictTable
	// HMACKids name the keys by which cards are found.
	HMACKids func() []string
	// Examine looks at what the console depends on; Report is a file in which worker doctor --json has left what it found.
	Examine func(ctx context.Context) doctor.Report
	Report  string

	// Traces are where traces can be looked at.
	Traces Traces

	// Certificate is shown to browsers; nil: they are answered without TLS.
	Certificate func() tls.Certificate

	// Reload are files that may change while the console runs, beside the users.
	Reload []Reload

	Version string
	Now     func() time.Time
	Logger  *slog.Logger

	searchTimeout time.Duration // default the constant
}

// Console answers requests. Run keeps what it remembers.
type Console struct {
	Options

	ledger *ledger
	bucket *control.Bucket
	memory *memory
	pulse  *pulse
	trails *trails
	tasks  *tasks
	doctor *reports
	pages  map[string]*template.Template
	assets map[string]asset
	notes  *notes
	events inquiry.Events
	root   http.Handler
}

// New returns a console.
func New(o Options) (*Console, error) {
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}

	c := &Console{
		Options: o,
		ledger:  &ledger{open: o.Open, now: o.Now}, bucket: control.New(o.Queue),
		memory: newMemory(o.Now), pulse: &pulse{}, trails: &trails{}, tasks: &tasks{now: o.Now}, doctor: &reports{},
		notes: newNotes(), assets: assets,
	}

	c.pages, err = loadPages(c.functions())
	if err != nil {
		return nil, err
	}

	c.root = c.handler()

	return c, nil
}

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.root.ServeHTTP(w, r) }

// now is the time by Postgres' clock, which the times of rows are by; this machine's until Postgres was asked.
func (c *Console) now() time.Time {
	if s := c.ledger.opened(); s != nil {
		return s.Now()
	}

	return c.Now().UTC()
}
