package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// syncAlways is the setting that makes an acknowledged message safe from a power failure.
const syncAlways = "Set sync_interval: always in the server's jetstream block: else a job acknowledged within this time is " +
	"lost when all servers that have it lose power."

// sync asks the server's monitoring when it syncs its disk: a client is not told.
func (q *queue) sync(ctx context.Context) {
	const name = "sync to disk"

	if q.MonitorURL == "" {
		q.warn(name, "Give --nats-monitor-url, such as http://nats:8222.", "unproven: only the server's monitoring tells")
		return
	}

	var varz struct {
		JetStream struct {
			Config *struct {
				SyncAlways   bool          `json:"sync_always"`
				SyncInterval time.Duration `json:"sync_interval"`
				MaxStore     int64         `json:"max_storage"`
			} `json:"config"`
			Stats *struct {
				Store uint64 `json:"storage"`
			} `json:"stats"`
		} `json:"jetstream"`
	}

	if err := q.monitoring(ctx, "/varz", &varz); err != nil {
		q.warn(name, "Check --nats-monitor-url.", "unproven: %s", masked(err))
		return
	}

	config := varz.JetStream.Config

	switch {
	case config == nil:
		q.warn(name, "See that --nats-monitor-url is a server with JetStream.", "unproven: the server has no JetStream")
		return
	case config.SyncAlways:
		q.ok(name, "before each acknowledgement")
	default:
		q.warn(name, syncAlways, "every %s", config.SyncInterval)
	}

	const nearlyFull = 0.8

	if stats := varz.JetStream.Stats; stats != nil && config.MaxStore > 0 {
		used := float64(stats.Store) / float64(config.MaxStore)
		found := fmt.Sprintf("%s of %s that JetStream may use (%.0f %%)", size(stats.Store), size(config.MaxStore), 100*used)

		if used > nearlyFull {
			q.worse(used >= 1, "storage", "Raise max_file_store, or see why jobs are not taken.", "%s", found)
		} else {
			q.ok("storage", "%s", found)
		}
	}
}

func (q *queue) monitoring(ctx context.Context, path string, into any) error {
	const most = 4 << 20

	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(q.MonitorURL, "/")+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking the monitoring: %w", err)
	}

	answer, err := q.Transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("asking the monitoring: %w", err)
	}
	defer answer.Body.Close()

	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the monitoring: it answered %s", answer.Status)
	}

	if err := json.NewDecoder(io.LimitReader(answer.Body, most)).Decode(into); err != nil {
		return fmt.Errorf("reading what the monitoring answered: %w", err)
	}

	return nil
}
