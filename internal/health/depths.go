package health

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// depths are how many jobs are where in the queue, at a time.
type depths struct {
	at      time.Time
	backlog jobs.Backlog
}

const (
	// depthsTimeout bounds a look at the queue.
	depthsTimeout = 5 * time.Second
	// depthsFresh is for how long depths are shown; after that nothing is, rather than what is no longer true.
	depthsFresh = time.Minute
)

// WatchQueue looks at the queue now and at each tick, until the context ends.
func (m *Monitor) WatchQueue(ctx context.Context, js jetstream.JetStream, ticks <-chan time.Time, logger *slog.Logger) {
	for {
		if found, err := m.look(ctx, js); err == nil {
			m.depths.Store(&found)
		} else if ctx.Err() == nil {
			logger.Debug("the depth of the queue could not be read", "error", err)
		}

		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

func (m *Monitor) look(ctx context.Context, js jetstream.JetStream) (depths, error) {
	ctx, cancel := context.WithTimeout(ctx, depthsTimeout)
	defer cancel()

	backlog, err := jobs.ReadBacklog(ctx, js)

	return depths{at: m.config.Now(), backlog: backlog}, err
}
