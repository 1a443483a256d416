package enroll

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
)

// previousHeader of a retry: the span of the attempt before it. Both are in the trace of the publisher, side by side.
const previousHeader = jobs.HeaderPreviousAttempt

// tracer makes the spans of a job's way, in the trace of its publisher. nil makes none, and costs nothing. What a span tells of a
// job is what is kept of it in Postgres: nothing that is sealed, and nothing that was found to hold a card number.
type tracer struct {
	otel          trace.Tracer
	worker        string
	now, queueNow func() time.Time
}

func newTracer(c Config) *tracer {
	if c.TracerProvider == nil {
		return nil
	}

	return &tracer{otel: spans.Tracer(c.TracerProvider), worker: c.Name, now: c.Now, queueNow: c.QueueNow}
}

// begin begins the span of a message that has been read: not before it is known that its headers hold no card number. A job of a
// publisher without a trace begins one.
func (t *tracer) begin(ctx context.Context, r *reading) {
	if t == nil {
		return
	}

	parent := spans.Parse(r.traceparent)
	ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	subject := r.queuedOn()

	under, span := spans.Process(ctx, t.otel, subject, trace.WithTimestamp(r.receivedAt), linkTo(spans.Parse(r.previous)),
		trace.WithAttributes(
			spans.JobID.String(r.record.ID), spans.Program.String(r.record.Program), spans.Batch.String(r.record.BatchID),
			spans.Operation.String(string(r.job.Asks())), spans.Worker.String(t.worker),
			spans.Delivered.Int64(int64(r.delivered)), //nolint:gosec // no message is delivered that often
			semconv.MessagingMessageID(r.message()),
		))
	r.span = span

	if !parent.IsValid() {
		r.traceparent, r.traceID = spans.Traceparent(span.SpanContext()), span.SpanContext().TraceID().String()
		ctx = under
	}

	t.past(ctx, "queued "+subject, t.queuedSince(r), r.receivedAt)
}

// queuedOn is where the message was, of few kinds: a publisher can make up any number of subjects.
func (d delivery) queuedOn() string {
	switch {
	case d.via == "":
		return "enroll.jobs"
	case d.due:
		return jobs.DueSubject(d.via)
	default:
		return jobs.Subject(d.via)
	}
}

// queuedSince is when the queue took the message, by our clock: of the queue's we know how far it is from ours.
func (t *tracer) queuedSince(r *reading) time.Time {
	since := r.queuedAt.Add(t.now().Sub(t.queueNow()))
	if r.queuedAt.IsZero() || since.After(r.receivedAt) {
		return r.receivedAt
	}

	return since
}

// past makes a span of what is over.
func (t *tracer) past(ctx context.Context, name string, from, to time.Time, attributes ...attribute.KeyValue) {
	_, span := t.otel.Start(ctx, name, trace.WithTimestamp(from), trace.WithAttributes(attributes...))
	span.End(trace.WithTimestamp(to))
}

// traced is the context in which the job is worked on, so that what is done in it is told below the job's span.
func (r *reading) traced(ctx context.Context) context.Context {
	if r.span == nil {
		return ctx
	}

	return trace.ContextWithSpan(ctx, r.span)
}

// step makes a span of what is done until the returned function is called.
func (t *tracer) step(ctx context.Context, name string) (done func()) {
	if t == nil {
		return func() {}
	}

	_, span := t.otel.Start(ctx, name)

	return func() { span.End() }
}

// end ends the span of a job by what became of it.
func (t *tracer) end(r *reading, d decision) {
	if r.span == nil {
		return
	}

	r.span.SetAttributes(spans.Decision.String(string(d.disposition())))

	switch d.action {
	case conclude:
		r.span.SetAttributes(spans.Status.String(string(d.outcome.Status)), spans.Attempt.Int(d.outcome.Attempts),
			spans.FailureSource.String(d.outcome.Failure.Source), spans.FailureReason.String(d.outcome.Failure.Reason))
	case schedule:
		r.span.SetAttributes(spans.Status.String("retrying"), spans.Attempt.Int(d.retry.attempts))
	default:
	}

	switch {
	case d.panicked:
		spans.Failed(r.span, "panic")
	case d.failed != nil:
		spans.Failed(r.span, d.failed.doing)
	}

	r.span.End()
}

// linkTo is a link to another span, or none.
func linkTo(others ...trace.SpanContext) trace.SpanStartOption {
	var links []trace.Link

	for _, other := range others {
		if other.IsValid() {
			links = append(links, trace.Link{SpanContext: other})
		}
	}

	return trace.WithLinks(links...)
}
