package enroll

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// What the spans of one job cost, without what is traced and without sending them.
func BenchmarkTracing(b *testing.B) {
	batched := sdk.NewTracerProvider(sdk.WithBatcher(tracetest.NewNoopExporter()))
	b.Cleanup(func() { _ = batched.Shutdown(context.WithoutCancel(b.Context())) })

	for name, provider := range map[string]trace.TracerProvider{
		"off": nil, "on": batched, "on, and not sampled": sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()

			t := newTracer(Config{Name: "w", TracerProvider: provider, Now: time.Now, QueueNow: time.Now})
			ledger := t.ledger(unasked{})
			answer := &mastercard.Answer{Verdict: mastercard.Enrolled, HTTPStatus: 200}
			message := nats.NewMsg("enroll.outcomes.demo.enrolled")

			for b.Loop() {
				r := &reading{delivery: delivery{via: "demo", stream: "ENROLL_JOBS", sequence: 1}, record: store.Job{ID: "job"}}
				t.begin(b.Context(), r)
				ctx := r.traced(b.Context())
				t.step(ctx, "wait for its turn")()
				_, _ = ledger.Begin(ctx, store.BeginRequest{})
				t.called(ctx, sent{nil, mastercard.OperationEnroll, ""}, answer, r.receivedAt)
				_, _ = ledger.Finish(ctx, store.FinishRequest{})
				_, published := t.publishing(ctx, message)
				published(nil)
				t.end(r, decision{action: conclude, outcome: &store.Outcome{Status: store.StatusEnrolled}})
			}
		})
	}
}

// unasked is a ledger that does nothing.
type unasked struct{ Ledger }

func (unasked) Begin(context.Context, store.BeginRequest) (store.Claim, error) {
	return store.Claim{}, nil
}

func (unasked) Finish(context.Context, store.FinishRequest) (store.FinishResult, error) {
	return store.FinishResult{}, nil
}
