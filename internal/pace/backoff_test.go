package pace_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
)

func TestBackoff(t *testing.T) {
	t.Parallel()

	b := pace.Backoff{Base: time.Second, Cap: 10 * time.Second}
	for _, c := range []struct {
		attempts int
		jitter   float64
		want     time.Duration
	}{
		{1, 0.5, time.Second},
		{1, 0, 500 * time.Millisecond},
		{2, 0.5, 2 * time.Second},
		{4, 0.5, 8 * time.Second},
		{5, 0.5, 10 * time.Second},
		{1_000_000, 1, 15 * time.Second},
	} {
		require.Equal(t, c.want, b.Delay(c.attempts, c.jitter))
	}
}
