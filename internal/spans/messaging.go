package spans

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const (
	system  = "nats"
	publish = "publish"
	process = "process"
	create  = "create"
)

// Publish begins the span of a message, or some, on its way to the queue. The context goes along with the message.
func Publish(
	ctx context.Context, tracer trace.Tracer, destination string, o ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	return begin(ctx, tracer, publish, destination, semconv.MessagingOperationTypeSend, trace.SpanKindProducer, o)
}

// Create begins the span of one message of some that are sent together: its trace begins there.
func Create(
	ctx context.Context, tracer trace.Tracer, destination string, o ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	return begin(ctx, tracer, create, destination, semconv.MessagingOperationTypeCreate, trace.SpanKindProducer, o)
}

// Process begins the span of the work on a message.
func Process(
	ctx context.Context, tracer trace.Tracer, destination string, o ...trace.SpanStartOption,
) (context.Context, trace.Span) {
	return begin(ctx, tracer, process, destination, semconv.MessagingOperationTypeProcess, trace.SpanKindConsumer, o)
}

func begin(
	ctx context.Context, tracer trace.Tracer, does, destination string, kind attribute.KeyValue, as trace.SpanKind,
	o []trace.SpanStartOption,
) (context.Context, trace.Span) {
	return tracer.Start(ctx, does+" "+destination, append(o, trace.WithSpanKind(as), trace.WithAttributes(
		semconv.MessagingSystemKey.String(system), semconv.MessagingOperationName(does), kind,
		semconv.MessagingDestinationName(destination),
	))...)
}
