package spans

import (
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// Header is where a message has the trace that it belongs to, in the form of W3C Trace Context. The header tracestate is not
// handed on: what is in it is its sender's.
const Header = "traceparent"

// Traceparent writes a span's context; "" for none.
func Traceparent(of trace.SpanContext) string {
	if !of.IsValid() {
		return ""
	}

	return "00-" + of.TraceID().String() + "-" + of.SpanID().String() + "-" + (of.TraceFlags() & trace.FlagsSampled).String()
}

// Parse reads what a sender has written: a span of another process. What is not well formed is not valid.
func Parse(traceparent string) trace.SpanContext {
	const fields = 4 // version, trace, span, flags; a later version may have more

	parts := strings.SplitN(traceparent, "-", fields+1)
	if len(parts) < fields || len(parts) > fields && parts[0] == "00" {
		return trace.SpanContext{}
	}

	version, flags := octet(parts[0]), octet(parts[3])
	if len(version) != 1 || version[0] == 0xff || len(flags) != 1 {
		return trace.SpanContext{}
	}

	traceID, errTrace := trace.TraceIDFromHex(parts[1])
	spanID, errSpan := trace.SpanIDFromHex(parts[2])

	if errTrace != nil || errSpan != nil {
		return trace.SpanContext{}
	}

	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.TraceFlags(flags[0]) & trace.FlagsSampled, Remote: true,
	})
}

// octet reads a byte of two digits in lower case, or nothing.
func octet(digits string) []byte {
	if strings.ToLower(digits) != digits {
		return nil
	}

	read, err := hex.DecodeString(digits)
	if err != nil {
		return nil
	}

	return read
}
