package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// LineRun says on which lines of a file some rows begin: Row on Line, and each one behind it Step lines further, up to
// the row of the next run. A file with a row on each line has one.
type LineRun struct{ Row, Line, Step int64 }

// LineOf returns the line on which a row begins, 0 when none of the runs, in the order of their rows, tells.
func LineOf(runs []LineRun, row int64) int64 {
	line := int64(0)

	for _, run := range runs {
		if run.Row > row {
			break
		}

		line = run.Line + (row-run.Row)*run.Step
	}

	return line
}

const (
	forgetLinesSQL = `DELETE FROM batch_lines WHERE batch_id = $1 AND row_number >= $2`

	saveLinesSQL = `
INSERT INTO batch_lines (batch_id, row_number, line, step)
SELECT $1, row_number, line, step FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n (row_number, line, step)`

	linesSQL = `
SELECT row_number, line, step FROM batch_lines
WHERE batch_id = $1 AND row_number <= $3 AND row_number >= coalesce(
  (SELECT row_number FROM batch_lines WHERE batch_id = $1 AND row_number <= $2 ORDER BY row_number DESC LIMIT 1), 0)
ORDER BY row_number`
)

// SaveLines keeps on which lines of its file the rows of a batch are, from the first run's row on: what
// was kept of that row and those behind it is forgotten.
func (s *Store) SaveLines(ctx context.Context, batchID string, runs []LineRun) error {
	if len(runs) == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	batch := &pgx.Batch{}
	batch.Queue(forgetLinesSQL, batchID, runs[0].Row)
	batch.Queue(saveLinesSQL, batchID,
		column(runs, func(r LineRun) int64 { return r.Row }),
		column(runs, func(r LineRun) int64 { return r.Line }),
		column(runs, func(r LineRun) int64 { return r.Step }))

	if err := s.db.tx(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() }); err != nil {
		return fmt.Errorf("saving the lines of batch %s: %w", batchID, err)
	}

	return nil
}

// Lines returns what is known of the lines of some rows of a batch, first and last included.
func (s *Store) Lines(ctx context.Context, batchID string, first, last int64) ([]LineRun, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var runs []LineRun

	err := s.db.forEach(ctx, linesSQL, []any{batchID, first, last}, func(row pgx.Rows) error {
		var run LineRun
		if err := row.Scan(&run.Row, &run.Line, &run.Step); err != nil {
			return err
		}

		runs = append(runs, run)

		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the lines of batch %s: %w", batchID, err)
	}

	return runs, nil
}
