package tracing

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"enroll.example/clicktopay/pkg/pan"
)

// masking has no text leave that passes for a card number. Those who make spans put none in, but for keys of senders, which may
// look like one.
type masking struct {
	sdk.SpanExporter

	counts *counts
}

func (m *masking) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	masked := make([]sdk.ReadOnlySpan, len(spans))
	for i, span := range spans {
		masked[i] = maskedSpan{span}
	}

	err := m.SpanExporter.ExportSpans(ctx, masked)
	if err == nil {
		m.counts.sent.Add(int64(len(spans)))
	}

	return err
}

type maskedSpan struct{ sdk.ReadOnlySpan }

func (s maskedSpan) Name() string { return pan.MaskText(s.ReadOnlySpan.Name()) }

func (s maskedSpan) Attributes() []attribute.KeyValue {
	return maskAttributes(s.ReadOnlySpan.Attributes())
}

func (s maskedSpan) Links() []sdk.Link {
	links := slices.Clone(s.ReadOnlySpan.Links())
	for i := range links {
		links[i].Attributes = maskAttributes(links[i].Attributes)
	}

	return links
}

func (s maskedSpan) Events() []sdk.Event {
	events := slices.Clone(s.ReadOnlySpan.Events())
	for i := range events {
		events[i].Name, events[i].Attributes = pan.MaskText(events[i].Name), maskAttributes(events[i].Attributes)
	}

	return events
}

func (s maskedSpan) Status() sdk.Status {
	status := s.ReadOnlySpan.Status()
	status.Description = pan.MaskText(status.Description)

	return status
}

func maskAttributes(attributes []attribute.KeyValue) []attribute.KeyValue {
	masked := slices.Clone(attributes)
	for i, one := range masked {
		switch one.Value.Type() {
		case attribute.STRING:
			masked[i].Value = attribute.StringValue(pan.MaskText(one.Value.AsString()))
		case attribute.STRINGSLICE:
			texts := one.Value.AsStringSlice()
			for at, text := range texts {
				texts[at] = pan.MaskText(text)
			}

			masked[i].Value = attribute.StringSliceValue(texts)
		default: // numbers are ours: counts and ports
		}
	}

	return masked
}
