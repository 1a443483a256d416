package parts

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"enroll.example/clicktopay/internal/eventually"
)

// Collector receives traces as a collector of OpenTelemetry does: OTLP over HTTP, in protobuf.
type Collector struct {
	URL string

	mu    sync.Mutex
	spans []*otlp.Span
	raw   []byte
}

// NewCollector starts one that ends with the test.
func NewCollector(tb testing.TB) *Collector {
	tb.Helper()

	c := &Collector{}
	server := httptest.NewServer(c)
	tb.Cleanup(server.Close)

	c.URL = server.URL

	return c
}

// Getenv has traces sent to it at once.
func (c *Collector) Getenv(name string) string {
	return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.URL, "OTEL_BSP_SCHEDULE_DELAY": "10"}[name]
}

func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)

	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}

		body = unpacked
	}

	text, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	var request collect.ExportTraceServiceRequest

	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" ||
		proto.Unmarshal(text, &request) != nil {
		http.Error(w, "not an export of traces", http.StatusBadRequest)
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	c.raw = append(c.raw, text...)

	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// Spans are those that have come so far.
func (c *Collector) Spans() Spans {
	c.mu.Lock()
	defer c.mu.Unlock()

	return append(Spans{}, c.spans...)
}

// Raw is all that has come, as it came.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()

	return string(c.raw)
}

// Await waits until the spans that have come are those that are meant.
func (c *Collector) Await(tb testing.TB, meant func(Spans) bool) Spans {
	tb.Helper()

	const patience = 20 * time.Second

	eventually.True(tb, func() bool { return meant(c.Spans()) }, patience, 10*time.Millisecond)
	require.NotEmpty(tb, c.Spans())

	return c.Spans()
}
