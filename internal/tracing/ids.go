package tracing

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/pkg/pan"
)

// ids makes the ids of traces and spans. None has digits that pass for a card number, as one of some 100,000 would by chance: a
// message with it would be refused, and it would be masked in tables and logs.
type ids struct{}

func (i ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID

	for !id.IsValid() || looksLikeCard(id.String()) {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64()) //nolint:gosec // no secret: it has to differ, and that is all
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64()) //nolint:gosec // no secret: it has to differ, and that is all
	}

	return id, i.NewSpanID(ctx, id)
}

func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID

	for !id.IsValid() || looksLikeCard(id.String()) {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64()) //nolint:gosec // no secret: it has to differ, and that is all
	}

	return id
}

func looksLikeCard(id string) bool {
	const least = 13 // digits of a card number

	run, longest := 0, 0

	for i := range len(id) {
		if run++; id[i] > '9' {
			run = 0
		}

		longest = max(longest, run)
	}

	return longest >= least && (pan.Contains(id) || pan.LooksLikeCard(id)) // what is asked first costs far less
}
