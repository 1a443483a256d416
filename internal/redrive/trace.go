package redrive

import (
	"context"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/pan"
)

// trace begins the trace of a job that is tried again, linked to the one in which it was given up. Where nothing is traced here,
// it goes on in that.
func (s sender) trace(ctx context.Context, message *nats.Msg, letter fetched) (under context.Context, published func(error)) {
	before := spans.Parse(letter.traceparent)

	if s.tracer == nil {
		if before.IsValid() {
			message.Header.Set(spans.Header, spans.Traceparent(before))
		}

		return ctx, func(error) {}
	}

	links := []trace.Link{{SpanContext: trace.SpanContextFromContext(ctx)}}
	if before.IsValid() {
		links = append(links, trace.Link{SpanContext: before})
	}

	under, span := spans.Publish(ctx, s.tracer, message.Subject, trace.WithNewRoot(), trace.WithLinks(links...),
		trace.WithAttributes(
			spans.JobID.String(pan.MaskText(letter.Key())), spans.Program.String(letter.Job.Program),
			spans.Batch.String(pan.MaskText(letter.Job.Batch)), spans.FailureReason.String(letter.Error.Reason),
		))
	message.Header.Set(spans.Header, spans.Traceparent(span.SpanContext()))

	return under, func(err error) { spans.End(span, err) }
}
