package parts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"enroll.example/clicktopay/bench/internal/child"
)

// APIConfig says how the API answers.
type APIConfig struct {
	Latency time.Duration `json:"latency"`
	KeyFile string        `json:"key_file"` // that batches are encrypted for
}

// answer is what the API says of a card that is enrolled. It names no number, as no card is looked at; the id differs with
// each call.
const answer = `{"srcCorrelationId":"4f339be7.7d3f0b1e-7a55-4d57-9c27-%012x","maskedCard":{` +
	`"srcDigitalCardId":"8b3f5c1e-6d0e-4a39-9a6d-%012x","paymentCardDescriptor":"mastercard","paymentCardType":"CREDIT",` +
	`"tokenUniqueReference":"DM4MMC0000BENCH00000000000000000000%012x","dateOfCardCreated":"2026-01-02T03:04:05.678Z",` +
	`"digitalCardData":{"status":"ACTIVE","descriptorName":"Bench Bank"}}}`

const headerWithin = 10 * time.Second

// RunAPI is the process of an API that enrolls every card after a set time. It verifies no signature and decrypts no single
// card:
// the sandbox does, which costs as much as a job itself and would take it from the contenders. Batches it decrypts, one in
// 250 jobs.
func RunAPI(ctx context.Context, config []byte, parent *child.Parent) error {
	var c APIConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}

	taken, err := newBatches(c.KeyFile)
	if err != nil {
		return err
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}

	server := &http.Server{Handler: &api{latency: c.Latency, batches: taken}, ReadHeaderTimeout: headerWithin}
	served := make(chan error, 1)

	go func() { served <- server.Serve(listener) }()

	if err := parent.Ready("http://" + listener.Addr().String() + "/"); err != nil {
		return err
	}

	err = errors.Join(parent.AwaitEnd(), server.Close())
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}

	return err
}

type api struct {
	latency time.Duration
	batches *batches
	calls   atomic.Int64
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	timer := time.NewTimer(a.latency)
	defer timer.Stop()

	body, err := a.body(r)
	if err != nil {
		return
	}

	select {
	case <-r.Context().Done():
		return
	case <-timer.C:
	}

	call := a.calls.Add(1)

	w.Header().Set("Content-Type", "application/json")

	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/batch"):
		a.batches.take(w, body, call)
	case r.Method == http.MethodGet:
		a.batches.tell(w, r.URL.Path)
	default:
		_, _ = fmt.Fprintf(w, answer, call, call, call)
	}
}

// body reads what is sent, and keeps it where it is a batch.
func (a *api) body(r *http.Request) ([]byte, error) {
	if strings.HasSuffix(r.URL.Path, "/batch") {
		return io.ReadAll(r.Body)
	}

	_, err := io.Copy(io.Discard, r.Body)

	return nil, err
}
