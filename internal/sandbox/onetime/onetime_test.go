package onetime_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox/onetime"
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestNoncesAreRememberedWhileTheirTimestampIsAcceptable(t *testing.T) {
	t.Parallel()

	const window = 5 * time.Minute

	use := onetime.New(window, 1000).Use
	require.True(t, use("a", "1", now()))
	require.False(t, use("a", "1", now()))
	require.True(t, use("b", "1", now()), "another client's")

	require.False(t, use("a", "1", now().Add(2*window)))
	require.True(t, use("a", "2", now().Add(2*window+1)), "a new generation begins")
	require.False(t, use("a", "1", now().Add(2*window+2)), "and the older is still asked")
	require.True(t, use("a", "3", now().Add(4*window+2)))
	require.True(t, use("a", "1", now().Add(4*window+3)), "two generations later it is forgotten")
}

func TestNoncesAreBounded(t *testing.T) {
	t.Parallel()

	use := onetime.New(time.Hour, 10).Use
	for i := range 15 {
		require.True(t, use("a", strconv.Itoa(i), now()))
	}

	require.False(t, use("a", "3", now()), "within the last ten to twenty")

	for i := 15; i < 25; i++ {
		require.True(t, use("a", strconv.Itoa(i), now()))
	}

	require.True(t, use("a", "3", now()), "forgotten rather than kept without end")
}
