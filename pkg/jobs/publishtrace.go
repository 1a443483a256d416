package jobs

import (
	"context"

	"github.com/nats-io/nats.go"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/pan"
)

// traceOne has a message take a trace along: that of the context, with a span of ours where the publisher has a tracer.
func (p *Publisher) traceOne(ctx context.Context, message *nats.Msg, job Job) (under context.Context, published func(error)) {
	if p.tracer == nil {
		carry(oteltrace.SpanContextFromContext(ctx), message)

		return ctx, func(error) {}
	}

	under, span := spans.Publish(ctx, p.tracer, message.Subject, about(job))
	carry(span.SpanContext(), message)

	return under, func(err error) { spans.End(span, err) }
}

// traceAll does so for messages that are sent together. Each job begins a trace of its own, linked to the one span in which all
// are sent, and that to theirs: a file of a million rows makes no trace of a million jobs.
func (p *Publisher) traceAll(
	ctx context.Context, messages []*nats.Msg, batch []Job,
) (under context.Context, published func(error)) {
	if p.tracer == nil || len(messages) == 0 {
		for _, message := range messages {
			carry(oteltrace.SpanContextFromContext(ctx), message)
		}

		return ctx, func(error) {}
	}

	under, span := spans.Publish(ctx, p.tracer, together(messages),
		oteltrace.WithAttributes(semconv.MessagingBatchMessageCount(len(messages))))

	for i, message := range messages {
		_, created := spans.Create(ctx, p.tracer, message.Subject, oteltrace.WithNewRoot(), about(batch[i]),
			oteltrace.WithLinks(oteltrace.Link{SpanContext: span.SpanContext()}))
		carry(created.SpanContext(), message)
		span.AddLink(oteltrace.Link{SpanContext: created.SpanContext()})
		created.End()
	}

	return under, func(err error) { spans.End(span, err) }
}

// together is where messages go: the subject of all, or what their subjects have in common.
func together(messages []*nats.Msg) string {
	for _, message := range messages {
		if message.Subject != messages[0].Subject {
			return Subject("*")
		}
	}

	return messages[0].Subject
}

// carry writes the trace into a message. A trace whose digits pass for a card number is left out: workers would refuse the job.
func carry(of oteltrace.SpanContext, message *nats.Msg) {
	text := spans.Traceparent(of)
	if text == "" || findCard([]Beside{{Text: paddedDigits(text)}}, nil) != nil {
		return
	}

	message.Header.Set(spans.Header, text)
}

// about is what a span tells of a job. A key of its sender's that may be a card number by chance is masked.
func about(job Job) oteltrace.SpanStartOption {
	return oteltrace.WithAttributes(
		spans.JobID.String(pan.MaskText(job.ID)), spans.Program.String(pan.MaskText(job.Program)),
		spans.Batch.String(pan.MaskText(job.Batch)), spans.Operation.String(string(job.Asks())),
	)
}
