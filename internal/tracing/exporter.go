package tracing

import (
	"context"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// exporter speaks the protocol that is wanted. The library reads with which headers, certificates and deadline.
func (w wanted) exporter(ctx context.Context) (sdk.SpanExporter, error) {
	switch {
	case w.protocol == protocolGRPC && w.endpoint == "":
		return otlptracegrpc.New(ctx)
	case w.protocol == protocolGRPC:
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(w.endpoint))
	case w.endpoint == "":
		return otlptracehttp.New(ctx)
	default:
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(w.endpoint))
	}
}

// describe is what all spans of the process have in common. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come first.
func describe(ctx context.Context, o Options) *resource.Resource {
	ours := resource.NewSchemaless(semconv.ServiceName(o.Service), semconv.ServiceVersion(o.Version))

	described, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithHost())
	if err != nil {
		o.Logger.Warn("tracing: OTEL_RESOURCE_ATTRIBUTES is not name=value,name=value; what is not is left out")
	}

	if merged, err := resource.Merge(ours, described); err == nil {
		return merged
	}

	return ours
}
