// Package tracing sends traces to a collector, where the standard variables of OpenTelemetry (OTEL_*) ask for it. What is wrong
// with them, or with the collector, is warned of, and nothing else: no job waits for a trace, none is lost for one, and what
// cannot be sent is dropped.
package tracing

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options of Open.
type Options struct {
	// Service is the program, where OTEL_SERVICE_NAME does not name it otherwise.
	Service, Version string
	// Getenv reads a variable.
	Getenv func(string) string
	Logger *slog.Logger
}

// Traces are sent until they are closed. nil is off, and costs nothing.
type Traces struct {
	provider *sdk.TracerProvider
	counts   *counts
	logger   *slog.Logger
}

// closeTimeout is how long the last spans may take on their way to the collector when a program ends.
const closeTimeout = 5 * time.Second

// Open returns what sends traces; nil where nobody asked for it, or what was asked for cannot be done.
func Open(ctx context.Context, o Options) *Traces {
	wanted, faults := read(o.Getenv)
	for _, fault := range faults {
		o.Logger.Warn("tracing: a variable is wrong", "what", fault)
	}

	if !wanted.on {
		return nil
	}

	// These belong to the process, as the library has it. What its log would say of the variables is said above, without their
	// values: some are secrets.
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))

	exporter, err := wanted.exporter(ctx)
	if err != nil {
		o.Logger.Warn("tracing: is off, as the exporter of OTEL_EXPORTER_OTLP_* cannot be made", "error", err)

		return nil
	}

	counts := &counts{}
	provider := sdk.NewTracerProvider(
		sdk.WithResource(describe(ctx, o)),
		sdk.WithIDGenerator(ids{}),
		sdk.WithSpanProcessor(counts),
		sdk.WithBatcher(&masking{exporter, counts}, wanted.batches()...),
	)

	otel.SetErrorHandler(newReporter(o.Logger, time.Now))
	o.Logger.Info("tracing: on", "collector", wanted.shown(), "protocol", wanted.protocol)

	return &Traces{provider: provider, counts: counts, logger: o.Logger}
}

// Provider makes tracers; nil where tracing is off.
func (t *Traces) Provider() trace.TracerProvider {
	if t == nil {
		return nil
	}

	return t.provider
}

// Close sends what is still to be sent, for some seconds at most, also when the context has ended.
func (t *Traces) Close(ctx context.Context) {
	if t == nil {
		return
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()

	err := t.provider.Shutdown(ctx)
	if lost := t.counts.lost(); lost > 0 {
		t.logger.Warn("tracing: some spans were not sent; no job was touched by that", "spans", lost, "error", err)
	}
}
