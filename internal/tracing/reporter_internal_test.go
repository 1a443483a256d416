package tracing

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSameFaultIsToldOnceAMinute(t *testing.T) {
	t.Parallel()

	var said strings.Builder

	now := time.Unix(1_000_000, 0)
	r := newReporter(slog.New(slog.NewTextHandler(&said, nil)), func() time.Time { return now })

	for range 100 {
		r.Handle(errors.New("connection refused"))
	}

	require.Equal(t, 1, strings.Count(said.String(), "connection refused"))

	now = now.Add(tellEvery)

	r.Handle(errors.New("connection refused"))
	require.Equal(t, 2, strings.Count(said.String(), "connection refused"))
	require.Contains(t, said.String(), "times=100", "with those that were not told")
}

func TestWhatLooksLikeACardIsNoID(t *testing.T) {
	t.Parallel()

	require.True(t, looksLikeCard("5204731600014784"))
	require.True(t, looksLikeCard("00000000000000005204731600014784"))
	require.False(t, looksLikeCard("00f067aa0ba902b7"))
}
