package workercli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// What a change takes away at once is said; what it takes away from nobody is not.
func TestWhatAChangeOfAStreamLoses(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		drift jobs.Drift
		want  string
	}{
		"a shorter age":         {jobs.Drift{Setting: "max_age", Have: 2 * time.Hour, Want: time.Hour}, "messages older than 1h0m0s"},
		"an age where was none": {jobs.Drift{Setting: "max_age", Have: time.Duration(0), Want: time.Hour}, "messages older than 1h0m0s"},
		"a longer age":          {jobs.Drift{Setting: "max_age", Have: time.Hour, Want: 2 * time.Hour}, ""},
		"one copy of three":     {jobs.Drift{Setting: "num_replicas", Have: 3, Want: 1}, "2 of 3 copies, and what they are for: with one, what is accepted is lost with its disk"},
		"three copies of five":  {jobs.Drift{Setting: "num_replicas", Have: 5, Want: 3}, "2 of 5 copies, and what they are for: with 3, the queue stands the loss of 1 servers at once"},
		"more copies":           {jobs.Drift{Setting: "num_replicas", Have: 1, Want: 3}, ""},
		"fewer at once":         {jobs.Drift{Setting: "max_ack_pending", Have: 10, Want: 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, loses(c.drift))
		})
	}
}
