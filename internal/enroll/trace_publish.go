package enroll

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
)

// publishing makes a span of a message that leaves. The message takes the trace along, unless it has one: a retry has that of its
// job's publisher.
func (t *tracer) publishing(ctx context.Context, message *nats.Msg) (under context.Context, done func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}

	under, span := spans.Publish(ctx, t.otel, destinationOf(message.Subject))

	if message.Header.Get(previousHeader) == "" {
		message.Header.Set(spans.Header, spans.Traceparent(span.SpanContext()))
	}

	return under, func(err error) { spans.End(span, err) }
}

// setPrevious names the attempt before in a retry. Workers of an earlier version look at this header as at any other, so that one
// whose digits pass for a card number by chance, as of one span in 8,000, is left out: they would end the job as invalid.
func setPrevious(message *nats.Msg, attempt trace.SpanContext) {
	text := spans.Traceparent(attempt)
	if jobs.FindCardAround("", map[string][]string{"": {text}}) == nil {
		message.Header.Set(previousHeader, text)
	}
}

// destinationOf is a subject without the id of its job.
func destinationOf(subject string) string {
	const kept = 4 // enroll, what it is, program, and of an event its status

	parts := strings.SplitN(subject, ".", kept+1)
	if len(parts) < kept {
		return subject
	}

	if parts[1] != "outcomes" {
		parts[kept-1] = "*"
	}

	return strings.Join(parts[:kept], ".")
}
