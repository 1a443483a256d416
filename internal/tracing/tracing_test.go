package tracing_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/internal/tracing"
	"enroll.example/clicktopay/test/parts"
)

func open(t *testing.T, log *parts.Log, variables map[string]string) *tracing.Traces {
	t.Helper()

	return tracing.Open(t.Context(), tracing.Options{
		Service: "test", Version: "1", Getenv: func(name string) string { return variables[name] },
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
}

func TestTracingIsOffUnlessItIsAskedFor(t *testing.T) {
	t.Parallel()

	const to = "http://127.0.0.1:4318"

	for name, c := range map[string]struct {
		variables map[string]string
		on        bool
	}{
		"nothing is set":                     {nil, false},
		"only a name":                        {map[string]string{"OTEL_SERVICE_NAME": "x"}, false},
		"a collector":                        {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": to}, true},
		"a collector of traces":              {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": to + "/v1/traces"}, true},
		"a collector by gRPC":                {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": to, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true},
		"the exporter alone":                 {map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true},
		"a collector, but none for traces":   {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": to, "OTEL_TRACES_EXPORTER": "none"}, false},
		"a collector, but all is turned off": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": to, "OTEL_SDK_DISABLED": "TRUE"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var log parts.Log

			traces := open(t, &log, c.variables)
			defer traces.Close(t.Context())

			require.Equal(t, c.on, traces != nil)
			require.Equal(t, c.on, traces.Provider() != nil, "no interface that holds a nil")
			require.NotContains(t, log.String(), "OTEL_")

			_, done := traces.Run(t.Context(), "a run")
			done(nil)
		})
	}
}

// What is wrong is said by the name of the variable, with what is done instead, and stops nobody.
func TestWhatIsWrongIsWarnedOf(t *testing.T) {
	t.Parallel()

	const secret = "s3cr3t"

	for name, c := range map[string]struct {
		value, said string
		off         bool
	}{
		"OTEL_SDK_DISABLED":                     {value: "yes", said: "neither true nor false"},
		"OTEL_TRACES_EXPORTER":                  {value: "zipkin", said: "is none of otlp, none", off: true},
		"OTEL_EXPORTER_OTLP_PROTOCOL":           {value: "http/xml", said: "is taken for http/protobuf"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":    {value: "collector:4318?key=" + secret, said: "is no address such as", off: true},
		"OTEL_EXPORTER_OTLP_TIMEOUT":            {value: "10s", said: "no number of milliseconds"},
		"OTEL_EXPORTER_OTLP_COMPRESSION":        {value: "zip", said: "neither gzip nor none"},
		"OTEL_EXPORTER_OTLP_HEADERS":            {value: secret, said: "is not name=value"},
		"OTEL_EXPORTER_OTLP_CERTIFICATE":        {value: "/no/such.pem", said: "cannot be used"},
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": {value: "/no/such.pem", said: "cannot be used"},
		"OTEL_TRACES_SAMPLER":                   {value: "sometimes", said: "is taken for parentbased_always_on"},
		"OTEL_BSP_MAX_QUEUE_SIZE":               {value: "-1", said: "is no number of 1 or more"},
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE":        {value: "99999999999", said: "is more than 8192, which is taken"},
		"OTEL_BSP_SCHEDULE_DELAY":               {value: "soon", said: "is no number"},
		"OTEL_BSP_EXPORT_TIMEOUT":               {value: "0", said: "is no number of 1 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var log parts.Log

			traces := open(t, &log, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", name: c.value})
			defer traces.Close(t.Context())

			require.Equal(t, c.off, traces == nil)
			require.Contains(t, log.String(), "level=WARN")
			require.Contains(t, log.String(), name)
			require.Contains(t, log.String(), c.said)
			require.NotContains(t, log.String(), secret)
		})
	}
}

func TestARatioThatIsNoneIsWarnedOf(t *testing.T) {
	t.Parallel()

	for ratio, wrong := range map[string]bool{"0": false, "0.25": false, "1": false, "": false, "1.5": true, "-1": true, "NaN": true, "half": true} {
		var log parts.Log

		open(t, &log, map[string]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio,
		}).Close(t.Context())
		require.Equal(t, wrong, log.Contains("OTEL_TRACES_SAMPLER_ARG"), ratio)
	}
}

// A collector that takes connections and never answers: the jobs do not notice, what waits is bounded, and the end comes in time.
func TestACollectorThatIsAwayDelaysNobody(t *testing.T) {
	t.Parallel()

	hangs := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))

	t.Cleanup(mute.Close)
	t.Cleanup(func() { close(hangs) })

	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())

	for name, address := range map[string]string{"it is mute": mute.URL, "nobody listens": "http://" + closed.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var log parts.Log

			traces := open(t, &log, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_MAX_QUEUE_SIZE": "100"})
			tracer := spans.Tracer(traces.Provider())

			const many = 20_000

			began := time.Now()

			for range many {
				_, span := tracer.Start(t.Context(), "a job")
				span.End()
			}

			require.Less(t, time.Since(began), 5*time.Second, "nothing waits")

			began = time.Now()
			traces.Close(t.Context())
			require.Less(t, time.Since(began), 8*time.Second)
			require.Contains(t, log.String(), "some spans were not sent")
			require.Contains(t, log.String(), "spans="+strconv.Itoa(many))
		})
	}
}

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()

	var log parts.Log

	collector := parts.NewCollector(t)
	traces := open(t, &log, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})

	under, done := traces.Run(t.Context(), "the card 4111111111111111", attribute.String("k", "4111111111111111"),
		attribute.StringSlice("s", []string{"4111 1111 1111 1111"}), attribute.Int("n", 7))
	trace.SpanFromContext(under).AddEvent("event 4111111111111111", trace.WithAttributes(attribute.String("e", "4111111111111111")))
	trace.SpanFromContext(under).AddLink(trace.Link{
		SpanContext: trace.SpanContextFromContext(under), Attributes: []attribute.KeyValue{attribute.String("l", "4111111111111111")},
	})
	done(aboutError("4111111111111111"))
	traces.Close(t.Context())

	require.Len(t, collector.Spans(), 1, "what waits is sent at the end")
	require.NotContains(t, log.String(), "some spans were not sent")
	require.NotContains(t, collector.Raw(), "4111111111111111")
	require.NotContains(t, collector.Raw(), "4111 1111 1111 1111")
	require.Equal(t, "7", parts.Attributes(collector.Spans()[0])["n"])
}

type aboutError string

func (e aboutError) Error() string { return string(e) }

// A trace goes along with a job, whose message is refused when it seems to hold a card number.
func TestIDsNeverPassForACard(t *testing.T) {
	t.Parallel()

	var log parts.Log

	traces := open(t, &log, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": parts.NewCollector(t).URL})
	defer traces.Close(t.Context())

	seen := map[trace.SpanID]bool{}

	for range 5000 {
		_, span := spans.Tracer(traces.Provider()).Start(t.Context(), "x")
		require.True(t, span.SpanContext().IsValid())
		require.False(t, seen[span.SpanContext().SpanID()])
		seen[span.SpanContext().SpanID()] = true
	}
}
