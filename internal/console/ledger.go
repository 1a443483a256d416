package console

import (
	"context"
	"errors"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// openAgain is how long nobody tries to connect after it has failed: pages are many, and a database that is away stays so.
const openAgain = 2 * time.Second

// ledger opens the store when it is first needed, and again after it could not be: the console starts, and shows what it can,
// while the database is away.
type ledger struct {
	open func(context.Context) (*store.Store, error)
	now  func() time.Time

	opening sync.Mutex // one at a time

	mu     sync.Mutex
	store  *store.Store
	failed error
	tried  time.Time
}

// get returns the store, or why there is none.
func (l *ledger) get(ctx context.Context) (*store.Store, error) {
	l.opening.Lock()
	defer l.opening.Unlock()

	if s := l.opened(); s != nil {
		return s, nil
	}

	if l.failed != nil && l.now().Sub(l.tried) < openAgain {
		return nil, l.failed
	}

	opened, err := l.open(ctx)

	l.mu.Lock()
	defer l.mu.Unlock()

	l.store, l.failed, l.tried = opened, err, l.now()

	if err != nil {
		l.store = nil
	}

	return l.store, err
}

// opened is the store, if it was opened before.
func (l *ledger) opened() *store.Store {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.store
}

var errClosed = errors.New("the console is being stopped")

// close ends the connections. What is asked for later is refused.
func (l *ledger) close() {
	l.opening.Lock()
	defer l.opening.Unlock()

	if s := l.opened(); s != nil {
		s.Close()
	}

	l.open = func(context.Context) (*store.Store, error) { return nil, errClosed }
}
