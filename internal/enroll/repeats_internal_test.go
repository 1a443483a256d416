package enroll

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatManyJobsMeetIsALineAtOnceAndTheirNumberAtIntervals(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	met := newRepeats(slog.New(slog.NewTextHandler(&log, nil)))
	throttled := occurrence{slog.LevelWarn, "throttled by the API", "gold"}

	lines := func() []string {
		defer log.Reset()
		return strings.Split(strings.TrimSpace(log.String()), "\n")
	}

	for n := range 1000 {
		met.note(throttled, "job-1", "pause", time.Duration(n)*time.Second)
	}

	met.note(occurrence{slog.LevelWarn, "throttled by the API", "silver"}, "job-2")

	said := lines()
	require.Len(t, said, 2, "%s", said)
	require.Contains(t, said[0], `level=WARN msg="throttled by the API" program=gold job=job-1 pause=0s`)
	require.Contains(t, said[1], "program=silver job=job-2")

	met.tell()

	said = lines()
	require.Len(t, said, 1, "%s", said)
	require.Contains(t, said[0], `level=WARN msg="throttled by the API" program=gold more=999 pause=16m39s`)

	met.note(throttled, "job-3")
	require.Equal(t, []string{""}, lines(), "it goes on")

	met.tell()
	require.Contains(t, lines()[0], "more=1")

	met.tell() // none came since: it has ended
	require.Equal(t, []string{""}, lines())

	met.note(throttled, "job-4")
	require.Contains(t, lines()[0], "job=job-4", "it has begun anew")
}

func TestWhatIsLeftOfManyIsToldAtTheEnd(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	met := newRepeats(slog.New(slog.NewTextHandler(&log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})

	go func() {
		defer close(ended)

		met.run(ctx, ticks)
	}()

	for range 3 {
		met.note(occurrence{slog.LevelError, "publishing failed", ""}, "job-1", "doing", "announcing")
	}

	stop()
	<-ended

	require.Contains(t, log.String(), `level=ERROR msg="publishing failed" more=2 doing=announcing`)
}

func TestEachOfManyIsLoggedForWhoLooks(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	met := newRepeats(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))

	for _, job := range []string{"job-1", "job-2", "job-3"} {
		met.note(occurrence{slog.LevelWarn, "throttled by the API", "gold"}, job)
	}

	require.Equal(t, 1, strings.Count(log.String(), "level=WARN"))
	require.Equal(t, 2, strings.Count(log.String(), "level=DEBUG"))
	require.Contains(t, log.String(), "job=job-3")
}
