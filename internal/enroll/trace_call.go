package enroll

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/mastercard"
)

// sent is an operation as a profile describes it.
type sent struct {
	by        any
	operation mastercard.Operation
	profile   string
}

// route is how it is sent. Where that is not known, it goes by the operation's name.
func (s sent) route() (r mastercard.Route) {
	switch by := s.by.(type) {
	case interface {
		Route(profile string, operation mastercard.Operation) mastercard.Route
	}:
		r = by.Route(s.profile, s.operation)
	case interface {
		Route(operation mastercard.Operation) mastercard.Route
	}:
		r = by.Route(s.operation)
	}

	r.Method = cmp.Or(r.Method, http.MethodPost)

	return r
}

// called makes a span of a call that was made. It has the pattern of the address and not the address (url.full), which names
// cards of the API, and no header.
func (t *tracer) called(ctx context.Context, what sent, answer *mastercard.Answer, began time.Time) {
	if t == nil || answer.Failure.Source == mastercard.SourceClient { // what is wrong with a request that cannot be made
		return
	}

	route := what.route()
	name := strings.TrimSpace(route.Method + " " + route.Template)

	_, span := t.otel.Start(ctx, name, trace.WithTimestamp(began), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.HTTPRequestMethodKey.String(route.Method), semconv.URLTemplate(route.Template),
		semconv.ServerAddress(route.Host), semconv.ServerPort(route.Port),
		spans.Operation.String(string(what.operation)), spans.Verdict.String(string(answer.Verdict)),
	))

	if answer.HTTPStatus != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(answer.HTTPStatus))
	}

	if answer.Failure.Reason != "" {
		span.SetAttributes(spans.FailureSource.String(answer.Failure.Source), spans.FailureReason.String(answer.Failure.Reason))
	}

	switch {
	case answer.HTTPStatus >= http.StatusBadRequest:
		spans.Failed(span, strconv.Itoa(answer.HTTPStatus))
	case answer.HTTPStatus == 0:
		spans.Failed(span, cmp.Or(answer.Failure.Reason, string(answer.Verdict)))
	}

	span.End(trace.WithTimestamp(t.now()))
}
