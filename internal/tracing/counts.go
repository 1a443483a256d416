package tracing

import (
	"context"
	"sync/atomic"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// counts tells how many spans have not reached the collector. The library drops them in silence where they come too fast.
type counts struct{ ended, sent atomic.Int64 }

func (c *counts) lost() int64 { return c.ended.Load() - c.sent.Load() }

func (*counts) OnStart(context.Context, sdk.ReadWriteSpan) {}

func (c *counts) OnEnd(span sdk.ReadOnlySpan) {
	if span.SpanContext().IsSampled() {
		c.ended.Add(1)
	}
}

func (*counts) Shutdown(context.Context) error { return nil }

func (*counts) ForceFlush(context.Context) error { return nil }
