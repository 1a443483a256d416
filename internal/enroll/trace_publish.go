package enroll

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/spans"
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
