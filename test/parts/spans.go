package parts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Spans are spans of any traces.
type Spans []*otlp.Span

// Named are those with a name.
func (s Spans) Named(name string) Spans {
	return slices.DeleteFunc(slices.Clone(s), func(span *otlp.Span) bool { return span.GetName() != name })
}

// Of are those of the trace that a span is in.
func (s Spans) Of(one *otlp.Span) Spans {
	return slices.DeleteFunc(slices.Clone(s), func(span *otlp.Span) bool {
		return string(span.GetTraceId()) != string(one.GetTraceId())
	})
}

// Tree draws spans: each below the one that it is part of, in the order in which they began, with its kind, the attributes that
// are asked for, and the spans among all that it is linked to.
func (s Spans) Tree(all Spans, attributes ...string) string {
	var drawn strings.Builder

	known := s.byID()
	linkable := all.byID()

	var draw func(parent string, depth int)

	draw = func(parent string, depth int) {
		for _, span := range s.below(parent, known) {
			fmt.Fprintf(&drawn, "%s%s (%s)%s%s\n", strings.Repeat("  ", depth), span.GetName(),
				strings.ToLower(strings.TrimPrefix(span.GetKind().String(), "SPAN_KIND_")), shown(span, attributes), linked(span, linkable))
			draw(string(span.GetSpanId()), depth+1)
		}
	}

	draw("", 0)

	return drawn.String()
}

func (s Spans) byID() map[string]*otlp.Span {
	known := map[string]*otlp.Span{}
	for _, span := range s {
		known[string(span.GetSpanId())] = span
	}

	return known
}

func (s Spans) below(parent string, known map[string]*otlp.Span) Spans {
	children := slices.DeleteFunc(slices.Clone(s), func(span *otlp.Span) bool {
		of := string(span.GetParentSpanId())
		if known[of] == nil {
			of = ""
		}

		return of != parent
	})

	slices.SortStableFunc(children, func(a, b *otlp.Span) int {
		return cmp.Or(cmp.Compare(a.GetStartTimeUnixNano(), b.GetStartTimeUnixNano()), cmp.Compare(a.GetName(), b.GetName()))
	})

	return children
}

func shown(span *otlp.Span, attributes []string) string {
	all := Attributes(span)

	var text strings.Builder

	for _, key := range attributes {
		if value := all[key]; value != "" {
			fmt.Fprintf(&text, " %s=%s", key[strings.LastIndex(key, ".")+1:], value)
		}
	}

	if span.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR {
		text.WriteString(" error=" + span.GetStatus().GetMessage())
	}

	return text.String()
}

func linked(span *otlp.Span, known map[string]*otlp.Span) string {
	names := map[string]int{}

	for _, link := range span.GetLinks() {
		name := "a span elsewhere"
		if to := known[string(link.GetSpanId())]; to != nil {
			name = to.GetName()
		}

		names[name]++
	}

	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&text, " -> %d %s", names[name], name)
	}

	return text.String()
}

// Attributes are those of a span, as texts.
func Attributes(span *otlp.Span) map[string]string {
	all := map[string]string{}

	for _, one := range span.GetAttributes() {
		switch value := one.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			all[one.GetKey()] = value.StringValue
		case *common.AnyValue_IntValue:
			all[one.GetKey()] = strconv.FormatInt(value.IntValue, 10)
		default:
			all[one.GetKey()] = fmt.Sprint(value)
		}
	}

	return all
}
