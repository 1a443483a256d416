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

// claimContentSQL is a statement of its own: what follows sees what was committed while this one waited.
const claimContentSQL = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

// ClaimBatch is SaveBatch for a file that is about to be sent. Where its content was sent as another batch of the program, it
// returns that one and saves nothing; of several that come at the same moment with the same content the first is saved.
func (s *Store) ClaimBatch(ctx context.Context, b Batch) (earlier Batch, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var canceled Cancellation

	err = s.db.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, claimContentSQL, fmt.Sprintf("batch content %s %x", b.Program, b.SourceSHA256)); err != nil {
			return err
		}

		err := earlier.scan(tx.QueryRow(ctx, sameContentSQL, b.SourceSHA256, b.Program, b.ID))
		if found = err == nil && earlier.ID != b.ID; found || err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}

		return saveBatch(ctx, tx, b, &canceled)
	})

	if err == nil && found {
		return earlier, true, nil
	}

	return Batch{}, false, savedBatch(b, canceled, err)
}

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
