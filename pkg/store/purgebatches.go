package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// What is kept of files and of batches of the API goes once all of their jobs are purged. The row of a file stays, and its
// counts: they are numbers. Both are read page by page in the order of their keys.
//
// Jobs of a file that no worker has seen, as its program is paused or their messages are lost, have no row and no count: a file
// is over only when as many were seen as its rows make.
const (
	purgeFilesSQL = `
WITH page AS (
	SELECT batch_id, completed_at, program, rows_read - rows_rejected AS expected
	FROM batches WHERE batch_id > $1 ORDER BY batch_id LIMIT $2
), over AS (
	SELECT p.batch_id FROM page p CROSS JOIN LATERAL (
		SELECT coalesce(sum(c.count), 0) AS seen, coalesce(sum(c.count) FILTER (WHERE c.status <> 'purged'), 0) AS kept
		FROM batch_counts c WHERE c.batch_id = p.batch_id
	) AS n
	WHERE p.completed_at < $3 AND (cardinality($4::text[]) = 0 OR p.program = ANY ($4)) AND ($5 = '' OR p.batch_id = $5)
	  AND n.kept = 0 AND n.seen >= p.expected
), lines AS (
	DELETE FROM batch_lines l USING over WHERE l.batch_id = over.batch_id RETURNING 1
), rejects AS (
	DELETE FROM batch_rejects r USING over WHERE r.batch_id = over.batch_id RETURNING 1
)
SELECT (SELECT max(batch_id) FROM page), (SELECT count(*) FROM lines) + (SELECT count(*) FROM rejects)`

	purgeAPIBatchesSQL = `
WITH page AS (
	SELECT program, api_batch_id, completed_at FROM api_batches
	WHERE (program, api_batch_id) > ($1, $2) ORDER BY program, api_batch_id LIMIT $3
), last AS (
	SELECT program, api_batch_id FROM page ORDER BY program DESC, api_batch_id DESC LIMIT 1
), gone AS (
	DELETE FROM api_batches b USING page p
	WHERE b.program = p.program AND b.api_batch_id = p.api_batch_id AND p.completed_at < $4
	  AND (cardinality($5::text[]) = 0 OR p.program = ANY ($5))
	  AND NOT EXISTS (SELECT FROM enrollments e WHERE e.api_batch_id = b.api_batch_id AND e.program = b.program)
	RETURNING 1
)
SELECT (SELECT program FROM last), (SELECT api_batch_id FROM last), (SELECT count(*) FROM gone)`
)

// PurgeBatches deletes what is kept of the lines and rejected rows of files, and of batches of the API, that were over before the
// scope's time and none of whose jobs has a row. It returns how many rows it deleted.
func (s *Store) PurgeBatches(ctx context.Context, scope EndedScope) (deleted int64, err error) {
	const files, batches = 20, 1000 // a page: a file may have many lines

	var after zeronull.Text

	for more := true; more; {
		var n int64

		if more, err = s.page(ctx, purgeFilesSQL,
			[]any{string(after), files, scope.Before, scope.programs(), scope.Batch}, &after, &n); err != nil {
			return deleted, fmt.Errorf("deleting the lines of files: %w", err)
		}

		deleted += n
	}

	if scope.Batch != "" {
		return deleted, nil
	}

	var program, id zeronull.Text

	for more := true; more; {
		var n int64

		if more, err = s.page(ctx, purgeAPIBatchesSQL,
			[]any{string(program), string(id), batches, scope.Before, scope.programs()}, &program, &id, &n); err != nil {
			return deleted, fmt.Errorf("deleting batches of the API: %w", err)
		}

		deleted += n
	}

	return deleted, nil
}

// page is one transaction; there are more as long as it has met a key.
func (s *Store) page(ctx context.Context, sql string, args []any, last *zeronull.Text, into ...any) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.queryRow(ctx, sql, args, append([]any{last}, into...)...)

	return *last != "", err
}
