package health

import (
	"context"
	"sync"
	"time"
)

const (
	pingTimeout = 2 * time.Second
	// pingFresh is how long an answer counts, so that many who ask do not become a load.
	pingFresh = time.Second
)

// pings asks the database for a sign of life, one at a time and not more often than of use.
type pings struct {
	ping func(context.Context) error
	now  func() time.Time

	mu   sync.Mutex
	at   time.Time
	last error
}

func (p *pings) answered(ctx context.Context) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if !p.at.IsZero() && p.now().Sub(p.at) < pingFresh {
		return p.last == nil
	}

	// The answer is for all who ask: that one of them has gone away does not make it a no.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTimeout)
	defer cancel()

	p.last = p.ping(ctx)
	p.at = p.now()

	return p.last == nil
}
