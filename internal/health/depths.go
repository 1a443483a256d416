package health

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// depths are how many jobs are where in the queue.
type depths struct {
	at                                   time.Time
	waiting, taken, due, scheduled, dead uint64
	bytes, limit                         uint64 // of the stream of new jobs; the limit is zero when there is none
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

	added, err := streamInfo(ctx, js, jobs.StreamJobs)
	if err != nil {
		return depths{}, err
	}

	retries, err := streamInfo(ctx, js, jobs.StreamRetry)
	if err != nil {
		return depths{}, err
	}

	dead, err := streamInfo(ctx, js, jobs.StreamDead)
	if err != nil {
		return depths{}, err
	}

	fresh, err := consumerInfo(ctx, js, jobs.StreamJobs, jobs.ConsumerJobs)
	if err != nil {
		return depths{}, err
	}

	due, err := consumerInfo(ctx, js, jobs.StreamRetry, jobs.ConsumerDue)
	if err != nil {
		return depths{}, err
	}

	dueTaken := uint64(max(due.NumAckPending, 0))

	return depths{
		at:        m.config.Now(),
		waiting:   fresh.NumPending,
		taken:     uint64(max(fresh.NumAckPending, 0)) + dueTaken,
		due:       due.NumPending,
		scheduled: retries.State.Msgs - min(retries.State.Msgs, due.NumPending+dueTaken),
		dead:      dead.State.Msgs,
		bytes:     added.State.Bytes,
		limit:     uint64(max(added.Config.MaxBytes, 0)),
	}, nil
}

func streamInfo(ctx context.Context, js jetstream.JetStream, name string) (*jetstream.StreamInfo, error) {
	stream, err := js.Stream(ctx, name) // asks for the information, and keeps it
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", name, err)
	}

	return stream.CachedInfo(), nil
}

func consumerInfo(ctx context.Context, js jetstream.JetStream, stream, name string) (*jetstream.ConsumerInfo, error) {
	consumer, err := js.Consumer(ctx, stream, name)
	if err != nil {
		return nil, fmt.Errorf("looking at consumer %s: %w", name, err)
	}

	return consumer.CachedInfo(), nil
}
