// Package health says how a worker fares: whether it is alive, whether it is
// ready, and in numbers. A Monitor is told by the worker what it does
// (enroll.Observer), and answers over HTTP.
package health

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Config of a Monitor. What has no default is required.
type Config struct {
	// Lanes are those that jobs are taken from.
	Lanes []jobs.Lane
	// Pacers are those of the worker's programs, by name.
	Pacers map[string]*pace.Pacer
	// Connected reports whether there is a connection to the queue.
	Connected func() bool
	// Ping asks the database for a sign of life.
	Ping func(context.Context) error
	// Paused reports whether operators have paused a program, or with an empty one everything; default never.
	Paused func(program string) bool
	// Keys are those in use, asked for at each scrape; default none.
	Keys func() []mastercard.KeyInfo
	// Version is what build information tells of the program.
	Version string
	// StuckAfter is how long a lane may take for a turn before it counts as hanging. It
	// must exceed the longest time that a job can take, as a worker whose slots are all
	// taken waits for one; default 3 minutes.
	StuckAfter time.Duration
	// Patience is how long the queue may be asked without success before the worker is not ready; default 5 s.
	Patience time.Duration
	Now      func() time.Time
}

const (
	defaultStuckAfter = 3 * time.Minute
	defaultPatience   = 5 * time.Second
)

// Monitor keeps what a worker does. It is safe for concurrent use.
type Monitor struct {
	config    Config
	registry  *prometheus.Registry
	counters  counters
	pings     pings
	depths    atomic.Pointer[depths]
	inFlight  atomic.Int64
	unseen    atomic.Pointer[int64] // lost jobs of files; nil until somebody has looked
	stopping  atomic.Bool
	submitted atomic.Pointer[submitted]

	mu           sync.Mutex
	lanes        map[string]*lane // by name; which there are never changes
	lastCommit   time.Time
	storeFailing bool
}

var _ enroll.Observer = (*Monitor)(nil)

// New makes a monitor of a worker that is about to start.
func New(config Config) *Monitor {
	if config.Paused == nil {
		config.Paused = func(string) bool { return false }
	}

	if config.Keys == nil {
		config.Keys = func() []mastercard.KeyInfo { return nil }
	}

	if config.StuckAfter <= 0 {
		config.StuckAfter = defaultStuckAfter
	}

	if config.Patience <= 0 {
		config.Patience = defaultPatience
	}

	if config.Now == nil {
		config.Now = time.Now
	}

	m := &Monitor{config: config, counters: newCounters(), lanes: make(map[string]*lane)}
	m.pings = pings{ping: config.Ping, now: config.Now}

	for _, l := range config.Lanes {
		m.lanes[l.String()] = &lane{program: l.Program, turned: config.Now()}
		m.counters.fetchErrors.WithLabelValues(l.String())
	}

	m.registry = prometheus.NewRegistry()
	m.registry.MustRegister(m.counters.all()...)
	m.registry.MustRegister(runtimeCollectors()...)
	m.registry.MustRegister(gauges{m})

	return m
}

// Stopping says that the worker was told to stop: it is not ready any more, and its lanes end.
func (m *Monitor) Stopping() { m.stopping.Store(true) }

// LoopTick notes that a lane is alive.
func (m *Monitor) LoopTick(name string) {
	m.change(name, func(l *lane, now time.Time) { l.turned = now })
}

// FetchStarted notes that the queue is asked.
func (m *Monitor) FetchStarted(name string) {
	m.change(name, func(l *lane, now time.Time) {
		if l.waiting.IsZero() {
			l.waiting = now
		}
	})
}

// Fetched notes what came of it.
func (m *Monitor) Fetched(name string, err error) {
	if err == nil {
		m.answered(name)
		return
	}

	if _, known := m.lanes[name]; known { // others have names that anybody could have chosen
		m.counters.fetchErrors.WithLabelValues(name).Inc()
	}
}

// answered notes that the queue has answered, with messages or with the word that there are none.
func (m *Monitor) answered(name string) {
	m.change(name, func(l *lane, now time.Time) { l.fetched, l.waiting = now, time.Time{} })
}

func (m *Monitor) change(name string, change func(l *lane, now time.Time)) {
	now := m.config.Now()

	m.mu.Lock()
	defer m.mu.Unlock()

	if l, known := m.lanes[name]; known {
		change(l, now)
	}
}

// Received counts a message into the worker's hands.
func (m *Monitor) Received(name string) {
	m.inFlight.Add(1)
	m.answered(name)
}

// Settled counts it out again.
func (m *Monitor) Settled(as enroll.Disposition) {
	m.inFlight.Add(-1)
	m.counters.messages.WithLabelValues(string(as)).Inc()
}

// Called counts an attempt.
func (m *Monitor) Called(operation mastercard.Operation, verdict mastercard.Verdict, took time.Duration) {
	m.counters.attempts.WithLabelValues(string(verdict)).Inc()
	m.counters.calls.WithLabelValues(string(operation)).Observe(took.Seconds())
}

// Swept notes what a search for jobs whose message is gone came to.
func (m *Monitor) Swept(swept enroll.Swept) {
	m.counters.swept.WithLabelValues(sweptRescheduled).Add(float64(swept.Rescheduled))
	m.counters.swept.WithLabelValues(sweptLost).Add(float64(swept.Lost))
	m.unseen.Store(&swept.Unseen)
	m.submitted.Store(&submitted{at: m.config.Now(), programs: swept.Submitted})
}

// Ended counts a settled job.
func (m *Monitor) Ended(status store.Status) { m.counters.jobs.WithLabelValues(string(status)).Inc() }

// Stored notes whether the database answers. A row that it refuses for its values is an answer, and no commit.
func (m *Monitor) Stored(err error) {
	now := m.config.Now()
	away := store.Retryable(err)

	switch {
	case away:
		m.counters.storeErrors.WithLabelValues(kindUnavailable).Inc()
	case err != nil:
		m.counters.storeErrors.WithLabelValues(kindRefused).Inc()
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	m.storeFailing = away

	if err == nil {
		m.lastCommit = now
	}
}
