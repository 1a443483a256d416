package bulk

import (
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/pkg/store"
)

// lineRuns says on which lines the rows of a chunk are, behind the run before it, nil when there is none. Of a
// file with a row on each line it is empty for all chunks but the first.
func lineRuns(c *columns.Chunk, before *store.LineRun) []store.LineRun {
	var runs []store.LineRun

	at := before
	// single says that the run has one row yet, so that its step is still open.
	single := false

	for i, record := range c.Records {
		row := c.First + int64(i)

		switch {
		case at != nil && at.Line+(row-at.Row)*at.Step == record.Line:
			single = false
			continue
		case single && len(runs) > 0 && row == at.Row+1 && record.Line > at.Line:
			at.Step, single = record.Line-at.Line, false
			continue
		}

		runs = append(runs, store.LineRun{Row: row, Line: record.Line, Step: 1})
		at, single = &runs[len(runs)-1], true
	}

	return runs
}
