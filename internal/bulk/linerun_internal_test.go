package bulk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/store"
)

// Whatever lines rows are on, the runs tell each of them, chunk by chunk, in few entries where they are regular.
func TestLineRuns(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		lines []int64
		runs  int
	}{
		"a row a line":         {[]int64{2, 3, 4, 5, 6, 7, 8, 9}, 1},
		"a line between":       {[]int64{2, 4, 6, 8, 10, 12, 14}, 1},
		"a blank line":         {[]int64{2, 3, 5, 6, 7, 8, 9}, 2},
		"a value of two lines": {[]int64{2, 3, 4, 6, 7}, 2},
		"all of it":            {[]int64{3, 9, 10, 12, 14, 16, 17, 30, 32}, 5},
		"one row":              {[]int64{2}, 1},
	} {
		for size := 1; size <= len(c.lines); size++ {
			var (
				kept   []store.LineRun
				before *store.LineRun
			)

			for first := 0; first < len(c.lines); first += size {
				part := &columns.Chunk{First: int64(first) + 1}
				for _, line := range c.lines[first:min(first+size, len(c.lines))] {
					part.Records = append(part.Records, records.Record{Line: line})
				}

				if runs := lineRuns(part, before); len(runs) > 0 {
					kept = append(kept, runs...)
					before = &runs[len(runs)-1]
				}
			}

			for i, line := range c.lines {
				require.Equal(t, line, store.LineOf(kept, int64(i)+1), "%s, row %d, %d rows a chunk", name, i+1, size)
			}

			if size == len(c.lines) {
				require.LessOrEqual(t, len(kept), c.runs, name)
			}
		}
	}
}
