package enroll

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestManyJobsThatEndAlikeAreOneLine(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	logger := slog.New(slog.NewTextHandler(&log, nil))
	counted := newEndingCounts()

	for range 1000 {
		counted.note(ending{"gold", store.StatusCanceled, "CANCELED"})
	}

	counted.note(ending{"gold", store.StatusInvalid, "INVALID_FIELD"})

	ctx, stop := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})

	go func() {
		defer close(ended)

		counted.run(ctx, ticks, logger)
	}()

	ticks <- time.Time{}
	ticks <- time.Time{} // taken once the first has been told of

	counted.note(ending{"silver", store.StatusExpired, "EXPIRED"})
	stop()
	<-ended

	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	require.Len(t, lines, 3, "nothing is told twice: %s", lines)
	require.Contains(t, lines[0], `msg="jobs ended without a call" jobs=1000 program=gold status=canceled reason=CANCELED`)
	require.Contains(t, lines[1], "jobs=1 program=gold status=invalid reason=INVALID_FIELD")
	require.Contains(t, lines[2], "jobs=1 program=silver status=expired", "what is left is told at the end")
}
