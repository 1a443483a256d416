package settings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/settings"
)

func TestHowLongOutcomesAreKept(t *testing.T) {
	t.Parallel()

	good := settings.Streams{Replicas: 1, AckWait: time.Second, MaxAckPending: 1}
	require.NoError(t, good.CheckStreams(), "none is the default")

	good.OutcomesAge = 30 * 24 * time.Hour
	require.NoError(t, good.CheckStreams())

	for _, stream := range good.Topology().Streams() {
		if stream.Name == "ENROLL_OUTCOMES" {
			require.Equal(t, good.OutcomesAge, stream.MaxAge)
		}
	}

	good.OutcomesAge = time.Minute
	require.ErrorContains(t, good.CheckStreams(), "--outcomes-max-age")
}
