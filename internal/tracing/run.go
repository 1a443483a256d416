package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
)

// Run makes a span of what a command does until the returned function is called.
func (t *Traces) Run(ctx context.Context, name string, about ...attribute.KeyValue) (under context.Context, done func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}

	under, span := spans.Tracer(t.provider).Start(ctx, name, trace.WithAttributes(about...))

	return under, func(err error) { spans.End(span, err) }
}
