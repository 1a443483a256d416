package enroll

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

var errAway = errors.New("connection refused")

// However many jobs find out, an outage has one line for its beginning and one for its end.
func TestAnOutageOfPostgresIsToldOnce(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	o := &outage{logger: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return now }}

	o.asked()(nil)
	o.asked()(store.ErrLocked)
	o.asked()(store.ErrNotBegun)
	o.asked()(context.Canceled)
	require.Empty(t, log.String(), "Postgres answers")
	require.Zero(t, o.lasting())

	slow := o.asked()

	for range 65 {
		o.asked()(errAway)
	}

	require.Equal(t, now, o.lasting())

	now = now.Add(31 * time.Second)
	o.asked()(nil)
	slow(errAway) // it was asked before the outage ended
	require.Zero(t, o.lasting())

	require.Equal(t, 1, strings.Count(log.String(), `level=ERROR msg="Postgres does not answer; no jobs are taken" error="connection refused"`))
	require.Equal(t, 1, strings.Count(log.String(), `level=INFO msg="Postgres answers again after 31s"`))
	require.Equal(t, 2, strings.Count(log.String(), "\n"))

	o.asked()(errAway)
	require.Equal(t, 3, strings.Count(log.String(), "\n"), "the next is told again")
}

// A worker without jobs finds out by asking.
func TestAnIdleWorkerFindsOutThatPostgresIsAway(t *testing.T) {
	t.Parallel()

	o := &outage{logger: slog.New(slog.DiscardHandler), now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	answers := []error{errAway, nil}

	go func() {
		defer close(ended)
		o.watch(ctx, ticks, func(context.Context) error {
			answer := answers[0]
			answers = answers[1:]

			return answer
		})
	}()

	ticks <- time.Time{}
	eventually.True(t, func() bool { return !o.lasting().IsZero() }, time.Minute, time.Millisecond)
	ticks <- time.Time{}
	eventually.True(t, func() bool { return o.lasting().IsZero() }, time.Minute, time.Millisecond)
	cancel()
	<-ended
}
