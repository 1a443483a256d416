package console

import (
	"context"
	"errors"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// A source is what answers questions.
type source string

const (
	postgres source = "Postgres"
	queue    source = "The queue"
)

const (
	askTimeout = 5 * time.Second
	// askAgain is how long a source that has failed is left alone.
	askAgain = 2 * time.Second
	// fresh is how long an answer serves everybody who asks the same: a page that ten people watch costs as much as one.
	fresh = time.Second
	// mostAnswers bounds the memory; past it the oldest is forgotten.
	mostAnswers = 500
)

// answer is what a source said last.
type answer[T any] struct {
	Value T
	Known bool      // there is a value, of At
	At    time.Time // by this machine's clock
	// Away is why there is no newer value; empty: it is the newest.
	Away string
	From source
}

// memory keeps what sources said last, to be shown while they are away.
type memory struct {
	now func() time.Time

	mu      sync.Mutex
	answers map[string]remembered
	states  map[source]state
}

type remembered struct {
	value any
	at    time.Time
}

// state is how a source has answered lately.
type state struct {
	Source source
	OK     bool
	Since  time.Time // of the first failure in a row
	Why    string

	failed time.Time // last
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, answers: map[string]remembered{}, states: map[source]state{}}
}

// ask returns what a source says to a question, or what it said last. The key names question and arguments.
func ask[T any](ctx context.Context, m *memory, from source, key string, question func(context.Context) (T, error)) answer[T] {
	last, known := m.last(key)
	value, same := last.value.(T)
	known = known && same

	if known && m.now().Sub(last.at) < fresh {
		return answer[T]{Value: value, Known: true, At: last.at, From: from}
	}

	if why := m.resting(from); why != "" {
		return answer[T]{Value: value, Known: known, At: last.at, Away: why, From: from}
	}

	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()

	newer, err := question(ctx)
	if err != nil {
		m.failed(ctx, from, err)

		return answer[T]{Value: value, Known: known, At: last.at, Away: settings.Masked(err.Error()), From: from}
	}

	return answer[T]{Value: newer, Known: true, At: m.remember(from, key, newer), From: from}
}

func (m *memory) last(key string) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	found, ok := m.answers[key]

	return found, ok
}

func (m *memory) remember(from source, key string, value any) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()

	now := m.now().UTC()

	if _, known := m.answers[key]; !known && len(m.answers) >= mostAnswers {
		m.forgetOldest()
	}

	m.answers[key] = remembered{value, now}
	m.states[from] = state{Source: from, OK: true}

	return now
}

func (m *memory) forgetOldest() {
	oldest, at := "", m.now()

	for key, one := range m.answers {
		if oldest == "" || one.at.Before(at) {
			oldest, at = key, one.at
		}
	}

	delete(m.answers, oldest)
}

// failed notes that a source is away, unless it was the one who asks that went away, or what was asked that cannot be answered.
func (m *memory) failed(ctx context.Context, from source, err error) {
	if context.Cause(ctx) == context.Canceled || //nolint:errorlint // the cause itself
		errors.Is(err, store.ErrRequest) || errors.Is(err, store.ErrRefused) || errors.Is(err, errTooLong) {
		return
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	was, known := m.states[from]
	if !known || was.OK {
		was = state{Source: from, Since: m.now().UTC()}
	}

	was.Why, was.failed = settings.Masked(err.Error()), m.now()
	m.states[from] = was
}

// resting is why a source is not asked for a moment: it has just failed, and may take long to fail again.
func (m *memory) resting(from source) string {
	m.mu.Lock()
	defer m.mu.Unlock()

	if one := m.states[from]; one.Why != "" && m.now().Sub(one.failed) < askAgain {
		return one.Why
	}

	return ""
}

// stale has the next question asked anew, after an act: who acts wants to see what came of it.
func (m *memory) stale() {
	m.mu.Lock()
	defer m.mu.Unlock()

	for key, one := range m.answers {
		one.at = one.at.Add(-fresh)
		m.answers[key] = one
	}
}

// sources are the states of all, in a fixed order.
func (m *memory) sources() []state {
	m.mu.Lock()
	defer m.mu.Unlock()

	var all []state

	for _, from := range []source{postgres, queue} {
		if one, known := m.states[from]; known {
			all = append(all, one)
		}
	}

	return all
}
