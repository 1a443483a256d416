package cli

import (
	"context"
	"log/slog"
	"os"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/internal/tracing"
)

// openTraces opens what OTEL_* asks for; nil when it asks for nothing.
func openTraces(ctx context.Context, logger *slog.Logger) *tracing.Traces {
	return tracing.Open(ctx, tracing.Options{Service: "enroll-submit", Version: Version(), Getenv: os.Getenv, Logger: logger})
}

// traced makes a span of the sending of a file.
func traced(
	ctx context.Context, traces *tracing.Traces, program, batch string, send func(context.Context) (bulk.Summary, error),
) (bulk.Summary, error) {
	under, done := traces.Run(ctx, "submit file", spans.Program.String(program), spans.Batch.String(batch))
	summary, err := send(under)

	done(err)

	return summary, err
}
