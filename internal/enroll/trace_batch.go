package enroll

import (
	"context"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
)

// together makes a trace of a call that is made for many jobs. It is linked to each of theirs, and theirs to it: a span keeps 128
// links, unless OTEL_SPAN_LINK_COUNT_LIMIT says otherwise, and a batch may have more jobs.
func (t *tracer) together(ctx context.Context, members []*groupMember) (under context.Context, done func()) {
	if t == nil {
		return ctx, func() {}
	}

	all := make([]trace.SpanContext, 0, len(members))

	for _, m := range members {
		if m.r.span != nil {
			all = append(all, m.r.span.SpanContext())
		}
	}

	under, span := t.otel.Start(ctx, "send batch", trace.WithNewRoot(), linkTo(all...), trace.WithAttributes(
		spans.Program.String(members[0].r.program.Name), spans.Worker.String(t.worker),
		semconv.MessagingBatchMessageCount(len(members)),
	))

	for _, m := range members {
		if m.r.span != nil {
			m.r.span.AddLink(trace.Link{SpanContext: span.SpanContext()})
		}
	}

	return under, func() { span.End() }
}

// beginPoll makes a span of a question for a batch: in the trace of the call, linked to the jobs that wait for it.
func (t *tracer) beginPoll(ctx context.Context, p *polling) (under context.Context, done func()) {
	if t == nil {
		return ctx, func() {}
	}

	var waiting []trace.SpanContext
	for _, job := range p.poll.Jobs {
		waiting = append(waiting, spans.Parse(job.Traceparent))
	}

	ctx = trace.ContextWithRemoteSpanContext(ctx, spans.Parse(p.traceparent))
	under, span := spans.Process(ctx, t.otel, p.queuedOn(), trace.WithTimestamp(p.receivedAt), linkTo(waiting...),
		trace.WithAttributes(
			spans.APIBatch.String(p.poll.APIBatch), spans.Program.String(p.poll.Program), spans.Worker.String(t.worker),
			semconv.MessagingBatchMessageCount(len(p.poll.Jobs)),
		))

	return under, func() { span.End() }
}

// beginResult begins the span in which a job gets the result of its batch: in the trace of its publisher, linked to the question.
func (t *tracer) beginResult(ctx context.Context, p *polling, job jobs.SubmittedJob, r *reading) {
	if t == nil {
		return
	}

	parent := trace.ContextWithRemoteSpanContext(context.Background(), spans.Parse(job.Traceparent))
	_, r.span = t.otel.Start(parent, "result of batch", linkTo(trace.SpanContextFromContext(ctx)), trace.WithAttributes(
		spans.JobID.String(r.record.ID), spans.Program.String(r.record.Program), spans.Batch.String(r.record.BatchID),
		spans.APIBatch.String(p.poll.APIBatch), spans.Worker.String(t.worker), spans.Attempt.Int(job.Attempt),
	))
}
