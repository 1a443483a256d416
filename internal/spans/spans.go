// Package spans is what all that makes spans has in common: how a trace goes along with a message, and what spans are called. It
// needs the interfaces of OpenTelemetry alone; internal/tracing has what sends them. Names and attributes are those of the
// semantic conventions 1.43.0, and enroll.* where these have none.
package spans

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const scope = "enroll.example/clicktopay"

// Attributes of ours.
const (
	JobID         attribute.Key = "enroll.job.id"
	Program       attribute.Key = "enroll.program"
	Batch         attribute.Key = "enroll.batch"
	Operation     attribute.Key = "enroll.operation"
	Status        attribute.Key = "enroll.status"
	Attempt       attribute.Key = "enroll.attempt"
	Delivered     attribute.Key = "enroll.delivered"
	Decision      attribute.Key = "enroll.decision"
	Verdict       attribute.Key = "enroll.verdict"
	FailureSource attribute.Key = "enroll.failure.source"
	FailureReason attribute.Key = "enroll.failure.reason"
	APIBatch      attribute.Key = "enroll.api_batch"
	Worker        attribute.Key = "enroll.worker"
)

// Tracer makes the spans of a provider; nil where there is none.
func Tracer(provider trace.TracerProvider) trace.Tracer {
	if provider == nil {
		return nil
	}

	return provider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
}

// End ends a span, with an error where what it stands for has failed. The error's type is told, and not its text, which may
// repeat anything.
func End(span trace.Span, err error, o ...trace.SpanEndOption) {
	if err != nil {
		Failed(span, semconv.ErrorType(err).Value.AsString())
	}

	span.End(o...)
}

// Failed marks a span as one of something that has failed.
func Failed(span trace.Span, kind string) {
	span.SetStatus(codes.Error, kind)
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
}
