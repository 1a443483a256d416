package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Reject is a row of a file that was not sent, and why. It holds nothing of the row itself.
type Reject struct {
	Row    int64 // in the file, the first one below the header being 1
	Line   int64 // on which the row begins; zero when that is not known
	Faults []Fault
}

// Fault is one thing that is wrong with a row.
type Fault struct {
	Field  string // empty for the row as a whole
	Code   string
	Reason string
}

const (
	forgetRejectsSQL = `DELETE FROM batch_rejects WHERE batch_id = $1 AND row_number = ANY ($2)`

	saveRejectsSQL = `
INSERT INTO batch_rejects (batch_id, row_number, fault, line, field, code, reason)
SELECT $1, row_number, fault, line, field, code, reason
FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
  AS n (row_number, fault, line, field, code, reason)`

	rejectsAfterSQL = `
SELECT row_number, line, field, code, reason FROM batch_rejects
WHERE batch_id = $1 AND row_number > $2
ORDER BY row_number, fault LIMIT $3`

	rejectsSQL = `
SELECT row_number, line, field, code, reason FROM batch_rejects
WHERE batch_id = $1 AND row_number BETWEEN $2 AND $3
ORDER BY row_number, fault`
)

// rejectLine is a line of batch_rejects.
type rejectLine struct {
	Fault

	row, line int64
	number    int16
}

// SaveRejects keeps rejected rows of a batch. What is kept of the same rows is
// replaced, so that a file can be submitted any number of times.
func (s *Store) SaveRejects(ctx context.Context, batchID string, rejects []Reject) error {
	if len(rejects) == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	lines := rejectLines(rejects)

	batch := &pgx.Batch{}
	batch.Queue(forgetRejectsSQL, batchID, column(rejects, func(r Reject) int64 { return r.Row }))
	batch.Queue(saveRejectsSQL, batchID,
		column(lines, func(l rejectLine) int64 { return l.row }),
		column(lines, func(l rejectLine) int16 { return l.number }),
		column(lines, func(l rejectLine) int64 { return l.line }),
		nullableTexts(lines, func(l rejectLine) string { return sanitizeExternal(l.Field, maxName) }),
		column(lines, func(l rejectLine) string { return sanitizeExternal(l.Code, maxCode) }),
		nullableTexts(lines, func(l rejectLine) string { return sanitizeExternal(l.Reason, maxMessage) }))

	if err := s.db.tx(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() }); err != nil {
		return fmt.Errorf("saving the rejects of batch %s: %w", batchID, err)
	}

	return nil
}

func rejectLines(rejects []Reject) []rejectLine {
	const most = 100 // of one row: more help nobody

	var lines []rejectLine

	for _, r := range rejects {
		for i, f := range r.Faults[:min(len(r.Faults), most)] {
			lines = append(lines, rejectLine{row: r.Row, line: r.Line, number: int16(i + 1), Fault: f})
		}
	}

	return lines
}

// Rejects returns the rejected ones of some rows of a batch, first and last included, in their order.
func (s *Store) Rejects(ctx context.Context, batchID string, first, last int64) ([]Reject, error) {
	return s.rejects(ctx, batchID, rejectsSQL, batchID, first, last)
}

// RejectsAfter returns the next rejected rows of a batch after one, in their order. Of the last one some faults may be missing,
// where the limit is reached, which counts faults.
func (s *Store) RejectsAfter(ctx context.Context, batchID string, row int64, limit int) ([]Reject, error) {
	return s.rejects(ctx, batchID, rejectsAfterSQL, batchID, row, limit)
}

func (s *Store) rejects(ctx context.Context, batchID, sql string, args ...any) ([]Reject, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var rejects []Reject

	err := s.db.forEach(ctx, sql, args, func(row pgx.Rows) error {
		var (
			next  Reject
			fault Fault
		)

		if err := row.Scan(&next.Row, &next.Line, nullText(&fault.Field), &fault.Code, nullText(&fault.Reason)); err != nil {
			return err
		}

		if n := len(rejects); n == 0 || rejects[n-1].Row != next.Row {
			rejects = append(rejects, next)
		}

		at := &rejects[len(rejects)-1]
		at.Faults = append(at.Faults, fault)

		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the rejects of batch %s: %w", batchID, err)
	}

	return rejects, nil
}
