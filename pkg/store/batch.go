package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// Errors about batches. The errors that wrap them say which batch, and read as a sentence with it.
var (
	ErrBatchConflict = errors.New("belongs to another file or program")
	ErrBatchCanceled = errors.New("was canceled")
	ErrNoBatch       = errors.New("no such batch")
)

// Batch is one file of jobs: where it came from and what its reader counted.
type Batch struct {
	ID, Program, Source string
	SourceSHA256        []byte // of the file; empty while it is not known

	RowsRead, RowsRejected, RowsPublished, RowsDuplicate int64

	StartedAt   time.Time // zero: now, or what is kept already
	CompletedAt time.Time // zero: its reader has not come to the end

	// Canceled is an operator's word (CancelBatch), which SaveBatch leaves as it is; its zero value: none.
	Canceled Cancellation
}

// The counts are the reader's and replace what was there; the start stays the first one. Once the
// batch is canceled they only grow: its reader's last word counts, that of one who begins anew does not.
const saveBatchSQL = `
INSERT INTO batches AS b (batch_id, program, source, source_sha256, rows_read, rows_rejected, rows_published,
                          rows_duplicate, started_at, completed_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, now()), $10, now())
ON CONFLICT (batch_id) DO UPDATE
SET source = coalesce(excluded.source, b.source), source_sha256 = coalesce(excluded.source_sha256, b.source_sha256),
    rows_read = CASE WHEN b.canceled_at IS NULL THEN excluded.rows_read ELSE greatest(b.rows_read, excluded.rows_read) END,
    rows_rejected = CASE WHEN b.canceled_at IS NULL THEN excluded.rows_rejected
                         ELSE greatest(b.rows_rejected, excluded.rows_rejected) END,
    rows_published = CASE WHEN b.canceled_at IS NULL THEN excluded.rows_published
                          ELSE greatest(b.rows_published, excluded.rows_published) END,
    rows_duplicate = CASE WHEN b.canceled_at IS NULL THEN excluded.rows_duplicate
                          ELSE greatest(b.rows_duplicate, excluded.rows_duplicate) END,
    completed_at = CASE WHEN b.canceled_at IS NULL THEN excluded.completed_at
                        ELSE coalesce(b.completed_at, excluded.completed_at) END,
    updated_at = now()
WHERE b.program IN (excluded.program, '')
  AND (b.source_sha256 = excluded.source_sha256 OR b.source_sha256 IS NULL OR excluded.source_sha256 IS NULL)
RETURNING canceled_at, canceled_by, cancel_reason`

// SaveBatch inserts the batch or brings its counts up to date. A batch id that
// belongs to another program, or to a file with another hash, is refused with
// ErrBatchConflict and nothing is changed. ErrBatchCanceled says that an operator
// has canceled it: the counts are kept, and no more of its jobs are to be published.
func (s *Store) SaveBatch(ctx context.Context, b Batch) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var canceled Cancellation

	err := s.db.tx(ctx, func(tx pgx.Tx) error { return saveBatch(ctx, tx, b, &canceled) })

	return savedBatch(b, canceled, err)
}

// saveBatch writes the row, or returns pgx.ErrNoRows where it is another's.
func saveBatch(ctx context.Context, tx pgx.Tx, b Batch, canceled *Cancellation) error {
	var hash []byte
	if len(b.SourceSHA256) > 0 {
		hash = b.SourceSHA256
	}

	return tx.QueryRow(ctx, saveBatchSQL,
		b.ID, sanitize(b.Program, maxName), zeronull.Text(sanitizeExternal(b.Source, maxName)), hash,
		b.RowsRead, b.RowsRejected, b.RowsPublished, b.RowsDuplicate,
		zeronull.Timestamptz(b.StartedAt), zeronull.Timestamptz(b.CompletedAt)).Scan(cancellationColumns(canceled)...)
}

// savedBatch is how saving ended.
func savedBatch(b Batch, canceled Cancellation, err error) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("batch %s %w", b.ID, ErrBatchConflict)
	case err != nil:
		return fmt.Errorf("saving batch %s: %w", b.ID, err)
	case !canceled.At.IsZero():
		return fmt.Errorf("batch %s %w %s", b.ID, ErrBatchCanceled, canceled)
	}

	return nil
}

// Progress is how far a batch has come.
type Progress struct {
	Batch Batch // only the ID for a batch that messages named and no reader saved

	// ByStatus counts the batch's jobs that workers have seen.
	ByStatus map[Status]int64
}

// Settled counts the jobs to which nothing more happens by itself.
func (p Progress) Settled() int64 {
	var n int64

	for status, count := range p.ByStatus {
		if status.Settled() {
			n += count
		}
	}

	return n
}

// Seen counts the jobs that workers have seen.
func (p Progress) Seen() int64 {
	var n int64
	for _, count := range p.ByStatus {
		n += count
	}

	return n
}

// Expected is how many jobs the rows read so far of the batch's file make: those that were not rejected. Where the batch was
// canceled before its file was read to its end, its reader has stopped, and only rows that were published make jobs.
func (p Progress) Expected() int64 {
	if !p.Batch.Canceled.At.IsZero() && p.Batch.CompletedAt.IsZero() {
		return p.Batch.RowsPublished + p.Batch.RowsDuplicate
	}

	return p.Batch.RowsRead - p.Batch.RowsRejected
}

const (
	batchSQL = `
SELECT ` + batchColumns + ` FROM batches WHERE batch_id = $1`

	progressSQL = `
SELECT status, sum(count)::bigint FROM batch_counts WHERE batch_id = $1 GROUP BY status HAVING sum(count) <> 0`
)

// Progress reads a batch and the rollup of its jobs; its cost does not depend on
// their number. The error wraps ErrNoBatch when nothing is known of the batch.
func (s *Store) Progress(ctx context.Context, batchID string) (Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	p := Progress{Batch: Batch{ID: batchID}, ByStatus: map[Status]int64{}}

	saved, err := s.batch(ctx, &p.Batch)
	if err != nil {
		return Progress{}, fmt.Errorf("reading batch %s: %w", batchID, err)
	}

	err = s.db.forEach(ctx, progressSQL, []any{batchID}, func(row pgx.Rows) error {
		var (
			status Status
			count  int64
		)

		err := row.Scan(&status, &count)
		p.ByStatus[status] = count

		return err
	})
	if err != nil {
		return Progress{}, fmt.Errorf("reading the progress of batch %s: %w", batchID, err)
	}

	if !saved && len(p.ByStatus) == 0 {
		return Progress{}, fmt.Errorf("batch %s: %w", batchID, ErrNoBatch)
	}

	return p, nil
}

// batchColumns are what scan reads, in its order.
const batchColumns = `batch_id, program, source, source_sha256, rows_read, rows_rejected, rows_published, rows_duplicate,
	started_at, completed_at, canceled_at, canceled_by, cancel_reason`

// scan reads batchColumns. All times are UTC.
func (b *Batch) scan(row pgx.Row) error {
	err := row.Scan(append([]any{
		&b.ID, &b.Program, nullText(&b.Source), &b.SourceSHA256, &b.RowsRead, &b.RowsRejected, &b.RowsPublished, &b.RowsDuplicate,
		&b.StartedAt, nullTime(&b.CompletedAt),
	}, cancellationColumns(&b.Canceled)...)...)

	b.StartedAt, b.CompletedAt, b.Canceled.At = b.StartedAt.UTC(), b.CompletedAt.UTC(), b.Canceled.At.UTC()

	return err
}

// batch fills b in and reports whether it was saved.
func (s *Store) batch(ctx context.Context, b *Batch) (bool, error) {
	err := s.db.tx(ctx, func(tx pgx.Tx) error { return b.scan(tx.QueryRow(ctx, batchSQL, b.ID)) })
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}

	return err == nil, err
}
