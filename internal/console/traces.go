package console

import (
	"errors"
	"net/url"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// tracePlaceholder stands for the id of a trace in an address.
const tracePlaceholder = "{trace_id}"

// Traces are the addresses of traces in a viewer. The zero value has none.
type Traces struct{ before, after string }

// ParseTraces reads the address of a viewer with {trace_id} where the id of a trace goes; an empty one is none.
func ParseTraces(address string) (Traces, error) {
	if address == "" {
		return Traces{}, nil
	}

	before, after, found := strings.Cut(address, tracePlaceholder)
	if !found || strings.ContainsAny(before+after, "{}") {
		return Traces{}, errors.New("has to hold {trace_id} once, where the id of a trace goes, and no other braces")
	}

	parsed, err := url.Parse(before)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Host == "" || parsed.User != nil ||
		parsed.Path+parsed.RawQuery+parsed.Fragment == "" {
		return Traces{}, errors.New("is not an address such as https://jaeger.example/trace/{trace_id}, " +
			"of https or http, without a user and with the id behind the host")
	}

	if _, err := url.Parse(before + "0" + after); err != nil {
		return Traces{}, errors.New("is not an address such as https://jaeger.example/trace/{trace_id}")
	}

	return Traces{before, after}, nil
}

// To is the address of a trace; empty where there is none.
func (t Traces) To(id string) string {
	if t.before == "" || id == "" {
		return ""
	}

	return t.before + strings.ReplaceAll(url.QueryEscape(id), "+", "%20") + t.after
}

// traceAddress is the address of a trace for a page, on which nothing is that passes for a card number.
func (c *Console) traceAddress(id string) string {
	if pan.MaskText(id) != id {
		return ""
	}

	return c.Traces.To(id)
}
