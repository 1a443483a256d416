package cli

import (
	"context"
	"errors"
	"fmt"

	"enroll.example/clicktopay/pkg/store"
)

// namesLookedAt is among how many of the latest batches one that was mistyped is looked for.
const namesLookedAt = 1000

// orUnknownBatch says of a batch that is not there which one may be meant; other errors stay as they are.
func orUnknownBatch(ctx context.Context, ledger *store.Store, batch string, err error) error {
	if !errors.Is(err, store.ErrNoBatch) {
		return err
	}

	var names []string

	latest, listing := ledger.Batches(ctx, namesLookedAt)
	if listing != nil { // what was meant is not known then, and the batch is not there all the same
		latest = nil
	}

	for _, b := range latest {
		names = append(names, b.Batch.ID)
	}

	return fmt.Errorf("%w: no file was submitted by that name, and no worker has seen a job of it%s; the latest: submit batches",
		err, meantName(batch, names))
}
