package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"enroll.example/clicktopay/internal/guard"
)

// Handler answers /healthz, /readyz and /metrics.
func (m *Monitor) Handler() http.Handler {
	mux := http.NewServeMux()

	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		life := m.Life()
		reply(w, life.Alive, life)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		readiness := m.Readiness(r.Context())
		reply(w, readiness.Ready, readiness)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce}))

	return mux
}

const scrapesAtOnce = 4

func reply[Body Life | Readiness](w http.ResponseWriter, good bool, body Body) {
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil { // a clock far outside the years that JSON can write
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")

	if !good {
		w.WriteHeader(http.StatusServiceUnavailable)
	}

	_, _ = w.Write(append(text, '\n')) // an error: whoever asked has gone away
}

const (
	headerTimeout = 5 * time.Second
	// replyTimeout exceeds the time for a ping of the database.
	replyTimeout = 10 * time.Second
	idleTimeout  = time.Minute
	maxHeader    = 16 << 10
)

// Serve answers on a listener until the context ends, and closes the listener.
func (m *Monitor) Serve(ctx context.Context, listener net.Listener, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           m.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout,
		WriteTimeout:      replyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}

	end := guard.After(ctx, func() { _ = server.Close() }) // nothing is lost with an answer about health
	defer end.Stop()

	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving health and metrics: %w", err)
	}

	return nil
}
