package bulk_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

func TestJobID(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("b", 62)

	for name, c := range map[string]struct {
		batch string
		row   int64
		want  string
	}{
		"a batch and a row":           {"june", 7, "june.7"},
		"as long as can be":           {long, 7, long + ".7"},
		"too long":                    {long, 10, "HOh5iWNXOhbE-QLk1bt8SBzVRjcSFuk8TmT-T2yMx7A.10"},
		"the last row that there is":  {long, math.MaxInt64, "HOh5iWNXOhbE-QLk1bt8SBzVRjcSFuk8TmT-T2yMx7A.9223372036854775807"},
		"a batch and row like a card": {"52-0473-1600", 14784, "52-0473-1600.14784"},
		"a batch and row like a date": {"51-2026-11-23", 123460, "51-2026-11-23.123460"},
		"a batch and row of a card":   {"51-2026-11-23", 123459, "51-2026-11-23.r123459"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			id := bulk.JobID(c.batch, c.row)
			require.Equal(t, c.want, id)
			require.True(t, jobs.ValidID(id))
			require.False(t, c.row < math.MaxInt32 && pan.Contains(id))
		})
	}
}
