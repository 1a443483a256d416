// Package enroll is one job's way from message to outcome: fetch, decode, open,
// claim, call, finish, acknowledge. It is the only package that knows the queue,
// the API and the store.
package enroll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where attempts and outcomes are kept (store.Store).
type Ledger interface {
	Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error)
	Renew(ctx context.Context, leases []store.Lease, lease time.Duration) (lost []store.Lease, err error)
	Finish(ctx context.Context, r store.FinishRequest) (store.FinishResult, error)
	End(ctx context.Context, r store.EndRequest) (store.Claim, error)
	// SaveAPIBatch and SaveAPIPoll note what is known of a batch of the API, for who looks.
	SaveAPIBatch(ctx context.Context, b store.APIBatch, wait time.Duration) (submittedAt time.Time, err error)
	SaveAPIPoll(ctx context.Context, program, id, apiStatus string, wait time.Duration) error
	// Now is the time by the ledger's clock, the one that decides about due times, ages and expiry.
	Now() time.Time
	// ReadClock asks for that clock anew.
	ReadClock(ctx context.Context) error
	Finder
}

// Finder finds what was enrolled by the issuer's own keys.
type Finder interface {
	FindCard(ctx context.Context, program, externalCardID string) (store.EnrolledCard, bool, error)
	FindConsumer(ctx context.Context, program, externalConsumerID string) (store.EnrolledCard, bool, error)
	FindConsumers(ctx context.Context, program, externalConsumerID string) ([]store.EnrolledCard, error)
}

// API is what is called, once for each attempt (mastercard.Client). It waits for the Turn of a request before it sends it.
type API interface {
	Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer
	Unenroll(ctx context.Context, r mastercard.UnenrollRequest) mastercard.Answer
	UpdateCard(ctx context.Context, r mastercard.UpdateCardRequest) mastercard.Answer
	UpdateConsumer(ctx context.Context, r mastercard.UpdateConsumerRequest) mastercard.Answer
	Forget(ctx context.Context, r mastercard.ForgetRequest) mastercard.Answer
	// EnrollBatch sends the cards of many jobs in one call, and BatchStatus asks what became of them.
	EnrollBatch(ctx context.Context, r mastercard.BatchRequest) mastercard.BatchAnswer
	BatchStatus(ctx context.Context, r mastercard.BatchStatusRequest) mastercard.BatchStatusAnswer
}

// Pusher pushes cards to token requestors (mastercard.TokenConnect).
type Pusher interface {
	PushMultipleAccounts(ctx context.Context, r mastercard.PushRequest) mastercard.PushAnswer
}

// Pauses are what operators have told the workers not to take (control.Pauses).
type Pauses interface {
	// Wait returns as soon as jobs of a program may be taken, or with the context's error. The empty program
	// stands for jobs of none, which wait only while everything is paused.
	Wait(ctx context.Context, program string) error
	// Paused reports whether jobs of a program may not be taken; of the empty program, whether none may.
	Paused(program string) bool
}

// Config of a worker. What has no default is marked so.
type Config struct {
	// Name tells workers apart in the attempts table; required.
	Name string
	// Programs by name; at least one.
	Programs map[string]Program
	// Pusher, when set, pushes cards; without it, jobs that push end as invalid.
	Pusher Pusher
	// Keys returns the ring that opens seals. It is asked for each job, so that keys can be replaced; required.
	Keys func() *jobs.KeyRing
	// HMACKeys returns the keys of the keyed hashes, at least one, the current one first; likewise.
	HMACKeys func() []HMACKey
	// Topology of the streams, for their creation and the time in which a job has to show life. Its programs are
	// those above.
	Topology jobs.Topology
	// InFlight is how many jobs of a program are worked on at once where the program does not say, default 256.
	InFlight int
	// GuardWindow is on how many answers a program looks back: when nearly all were rejections for one reason that is not about
	// the card, it halts. 0 for 50, negative for never.
	GuardWindow int
	// Gate says how halts and a sick API are probed, default as pace.Options says.
	Gate pace.Options
	// Pacers say by program how fast its jobs may go; those that are missing are made (NewPacers).
	Pacers map[string]*pace.Pacer
	// Throttled, when set, is told when the API asks for a pause that is longer than any
	// before, so that other workers keep it too. It must not block.
	Throttled func(program string, pause time.Duration)
	// MaxCoolDown bounds how much is kept of a pause that the API asked another worker for; zero for no bound. What it asks
	// this one for is bounded by the API's client.
	MaxCoolDown time.Duration
	// Lease is for how long an attempt is ours unless it is renewed, which happens while its call
	// runs; default 15 s. When a worker dies, its jobs can be begun anew after that.
	Lease time.Duration
	// Grace is how long jobs in flight may take to finish once the worker is told to stop, default 35 s.
	Grace time.Duration
	// Pauses hold jobs back; default none.
	Pauses Pauses
	// HandBack is after how long a job is offered again that could not be worked on, default 5 s.
	HandBack time.Duration
	// InspectEvery is about how often the queue is looked at, for consumers that are missing and jobs that nobody takes, default
	// 1 min; after a look that has found some it is a sixth of that.
	InspectEvery time.Duration
	// Inspected, when set, is told what each look at the queue has found. It must not block.
	Inspected func(jobs.Inspection)
	Logger    *slog.Logger
	// Now times calls. It decides nothing about a job: that is by the ledger's clock.
	Now func() time.Time
	// QueueNow is the time by the queue's clock, which fires schedules; default Now.
	QueueNow func() time.Time
	// Elsewhere, when set, returns the programs that other workers know, or lately knew. What waits for them
	// is theirs, even where nobody takes it now.
	Elsewhere func(ctx context.Context) (map[string]bool, error)
	// Crashes, when set, remembers messages that end the processes that read them.
	Crashes Crashes
	// Jitter returns numbers from 0 to 1.
	Jitter func() float64
	// TracerProvider, when set, makes the spans of each job's way.
	TracerProvider trace.TracerProvider
	// Observer, when set, is told what the worker does.
	Observer Observer
	// Reached, when set, is told of each step of a job's way. Tests of failures stop the process there.
	Reached func(Step)
}

// Step is a place on a job's way at which a process can stop.
type Step string

// The steps, in order.
const (
	StepClaimed   Step = "claimed"   // the attempt is committed, the API not yet called
	StepPushed    Step = "pushed"    // the card is pushed, and its receipt not yet enrolled
	StepForgotten Step = "forgotten" // a consumer is deleted, and another one of the same key not yet
	StepCalled    Step = "called"    // the API has answered, nothing is written down
	StepCommitted Step = "committed" // the answer is committed, nothing is published
	StepPublished Step = "published" // retry, dead letter or outcome are published, the message is not acknowledged
	StepPolled    Step = "polled"    // the API has told what became of a batch, nothing of it is written down
)

const (
	defaultInFlight = 256
	defaultLease    = 15 * time.Second
	defaultGrace    = 35 * time.Second
	defaultHandBack = 5 * time.Second
	defaultInspect  = time.Minute
)

// Worker takes jobs from the queue and brings each to an outcome.
type Worker struct {
	js      jetstream.JetStream
	ledger  Ledger
	api     API
	config  Config
	flight  *inFlight
	gathers map[string]*gatherer // of the programs on the batch lane
	leases  *leases
	faults  *faults
	endings *endingCounts
	repeats *repeats
	outage  *outage
	tracer  *tracer       // nil when nothing is traced
	alone   chan struct{} // has one place, taken while a suspicious message is read: of several, one alone can be the cause
	// pendingNotes are the notes of this process on such messages that may still stand. It belongs to who has the place in alone.
	pendingNotes map[string]int
	queue        atomic.Pointer[jobs.Inspection]
}

// New makes a worker. Its error names every setting that is missing.
func New(js jetstream.JetStream, ledger Ledger, api API, config Config) (*Worker, error) {
	err := errors.Join(
		required(config.Name != "", "a name"),
		required(len(config.Programs) > 0, "at least one program"),
		required(config.Keys != nil, "intake keys"),
		required(config.HMACKeys != nil, "HMAC keys"),
	)
	if err != nil {
		return nil, err
	}

	config = config.withDefaults()
	outage := &outage{logger: config.Logger, now: config.Now}
	tracer := newTracer(config)
	observed := observedLedger{tracer.ledger(ledger), config.Observer, outage}
	calls := observedAPI{api, config.Observer, config.Now, tracer}

	if config.Pusher != nil {
		config.Pusher = observedPusher{config.Pusher, calls}
	}

	return &Worker{
		js:      js,
		ledger:  observed,
		leases:  newLeases(observed, config.Lease, config.Logger),
		api:     calls,
		config:  config,
		flight:  newFlight(),
		gathers: newGatherers(config.Programs),
		faults:  newFaults(),
		endings: newEndingCounts(),
		repeats: newRepeats(config.Logger),
		outage:  outage,
		tracer:  tracer,
		alone:   make(chan struct{}, 1), pendingNotes: make(map[string]int),
	}, nil
}

// InFlight is how many jobs the worker has in its hands.
func (w *Worker) InFlight() int { return w.flight.count() }

// Queue is what the worker's last look at the queue has found; nothing before the first.
func (w *Worker) Queue() jobs.Inspection {
	if found := w.queue.Load(); found != nil {
		return *found
	}

	return jobs.Inspection{}
}

// DatabaseAway is since when Postgres does not answer; zero when it does.
func (w *Worker) DatabaseAway() time.Time { return w.outage.lasting() }

// Summary is what the worker has done so far.
func (w *Worker) Summary() Summary { return w.flight.summary(nil) }

func required(have bool, what string) error {
	if have {
		return nil
	}

	return fmt.Errorf("a worker needs %s", what)
}

func (c Config) withDefaults() Config {
	c.InFlight = cmp.Or(max(c.InFlight, 0), defaultInFlight)
	c.Lease = cmp.Or(max(c.Lease, 0), defaultLease)
	c.Grace = cmp.Or(max(c.Grace, 0), defaultGrace)
	c.HandBack = cmp.Or(max(c.HandBack, 0), defaultHandBack)
	c.InspectEvery = cmp.Or(max(c.InspectEvery, 0), defaultInspect)

	if c.Pauses == nil {
		c.Pauses = unpaused{}
	}

	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}

	if c.Now == nil {
		c.Now = time.Now
	}

	if c.Elsewhere == nil {
		c.Elsewhere = func(context.Context) (map[string]bool, error) { return map[string]bool{}, nil }
	}

	if c.QueueNow == nil {
		c.QueueNow = c.Now
	}

	if c.Observer == nil {
		c.Observer = unobserved{}
	}

	if c.Reached == nil {
		c.Reached = func(Step) {}
	}

	if c.Inspected == nil {
		c.Inspected = func(jobs.Inspection) {}
	}

	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}

	if c.Throttled == nil {
		c.Throttled = func(string, time.Duration) {}
	}

	c.Topology.Programs = slices.Sorted(maps.Keys(c.Programs))
	pacers := NewPacers(c.Programs, PacerOptions{InFlight: c.InFlight, GuardWindow: c.GuardWindow, Gate: c.Gate, Logger: c.Logger})
	maps.Copy(pacers, c.Pacers)
	c.Pacers = pacers

	return c
}
