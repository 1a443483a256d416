package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A batch that was canceled does not count: its file is to be sent under another name.
const sameContentSQL = `
SELECT ` + batchColumns + ` FROM batches
WHERE source_sha256 = $1 AND program = $2 AND (canceled_at IS NULL OR batch_id = $3)
ORDER BY batch_id = $3 DESC, started_at DESC LIMIT 1`

// SameContent finds the batch of a program that a file with the same content was sent as: batchID itself when it is one, else
// the latest. found is false when there is none.
func (s *Store) SameContent(ctx context.Context, program, batchID string, sha256 []byte) (earlier Batch, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.tx(ctx, func(tx pgx.Tx) error {
		return earlier.scan(tx.QueryRow(ctx, sameContentSQL, sha256, program, batchID))
	})

	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Batch{}, false, nil
	case err != nil:
		return Batch{}, false, fmt.Errorf("looking for a batch with the content of %s: %w", batchID, err)
	default:
		return earlier, true, nil
	}
}
