package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A name or an address may try some times in a row, and then once in a while.
const (
	triesAtOnce = 5
	tryEvery    = 10 * time.Second
	// mostRemembered bounds the memory: past it those that may try freely again are forgotten, and then all.
	mostRemembered = 10_000
)

// limits slow down who guesses.
type limits struct {
	now func() time.Time

	mu    sync.Mutex
	tries map[string]*rate.Limiter
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, tries: map[string]*rate.Limiter{}}
}

// allow reports whether each of some keys may try once more, and counts the try for all.
func (l *limits) allow(keys ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	now, allowed := l.now(), true

	for _, key := range keys {
		if !l.of(key, now).AllowN(now, 1) {
			allowed = false
		}
	}

	return allowed
}

// forget lets some keys try freely: they have proven themselves.
func (l *limits) forget(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	for _, key := range keys {
		delete(l.tries, key)
	}
}

func (l *limits) of(key string, now time.Time) *rate.Limiter {
	found, ok := l.tries[key]
	if ok {
		return found
	}

	if len(l.tries) >= mostRemembered {
		l.makeRoom(now)
	}

	found = rate.NewLimiter(rate.Every(tryEvery), triesAtOnce)
	l.tries[key] = found

	return found
}

func (l *limits) makeRoom(now time.Time) {
	for key, limiter := range l.tries {
		if limiter.TokensAt(now) >= triesAtOnce {
			delete(l.tries, key)
		}
	}

	if len(l.tries) >= mostRemembered {
		clear(l.tries)
	}
}
