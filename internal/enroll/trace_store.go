package enroll

import (
	"context"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/store"
)

// tracedLedger makes a span of each claim and each commit. Those of many jobs share a transaction.
type tracedLedger struct {
	Ledger

	tracer *tracer
}

// ledger is the one whose claims and commits are told; as it was when nothing is traced.
func (t *tracer) ledger(of Ledger) Ledger { //nolint:ireturn // the worker's own interface
	if t == nil {
		return of
	}

	return tracedLedger{of, t}
}

const (
	claiming   = "claim enrollments"
	committing = "commit enrollments"
)

func (l tracedLedger) asked(ctx context.Context, summary string) (context.Context, trace.Span) {
	return l.tracer.otel.Start(ctx, summary, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.DBSystemNamePostgreSQL, semconv.DBQuerySummary(summary), semconv.DBCollectionName("enrollments"),
	))
}

func (l tracedLedger) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	ctx, span := l.asked(ctx, claiming)
	claim, err := l.Ledger.Begin(ctx, r)

	if err == nil {
		span.SetAttributes(spans.Decision.String(claim.Decision.String()), spans.Attempt.Int(claim.Attempt))
	}

	spans.End(span, err)

	return claim, err
}

func (l tracedLedger) Finish(ctx context.Context, r store.FinishRequest) (store.FinishResult, error) {
	ctx, span := l.asked(ctx, committing)
	finished, err := l.Ledger.Finish(ctx, r)

	if err == nil {
		span.SetAttributes(spans.Status.String(string(finished.Outcome.Status)), spans.Attempt.Int(r.Attempt))
	}

	spans.End(span, err)

	return finished, err
}

func (l tracedLedger) End(ctx context.Context, r store.EndRequest) (store.Claim, error) {
	ctx, span := l.asked(ctx, committing)
	claim, err := l.Ledger.End(ctx, r)

	if err == nil {
		span.SetAttributes(spans.Decision.String(claim.Decision.String()), spans.Status.String(string(claim.Outcome.Status)))
	}

	spans.End(span, err)

	return claim, err
}
