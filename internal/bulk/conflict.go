package bulk

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/pkg/store"
)

// FindConflict returns the error with which a run of a file that was checked would be refused for what the registry knows of
// others: that its content was sent before, or that its batch is another file's. An error may also be the registry's own.
func FindConflict(ctx context.Context, registry Registry, source cardfile.Source, o Options, found check.Findings) error {
	o = o.withDefaults(source.Name)
	batch := store.Batch{
		ID: o.Batch, Program: o.Program, Source: filepath.Base(source.Name), StartedAt: o.Now(), SourceSHA256: found.SourceSHA256,
	}

	if batch.SourceSHA256 != nil && !o.Again {
		earlier, sent, err := registry.SameContent(ctx, o.Program, o.Batch, batch.SourceSHA256)
		if err != nil {
			return fmt.Errorf("asking about the content of %s: %w", source.Name, err)
		}

		if sent && earlier.ID != o.Batch {
			return sentBeforeError(earlier, source.Name)
		}
	}

	known, err := registry.Progress(ctx, o.Batch)

	switch {
	case errors.Is(err, store.ErrNoBatch):
		return nil
	case err != nil:
		return fmt.Errorf("asking about batch %s: %w", o.Batch, err)
	case known.Batch.Program != o.Program, otherContent(known.Batch.SourceSHA256, batch.SourceSHA256):
		err := batchIdentity{registry, batch, o.Now}.conflict(ctx, store.ErrBatchConflict)

		return fmt.Errorf("%s: %w", source.Name, err)
	default:
		return nil
	}
}

// otherContent reports whether two hashes are known and differ.
func otherContent(one, other []byte) bool {
	return len(one) > 0 && len(other) > 0 && !bytes.Equal(one, other)
}

// checkpointConflict says why the checkpoint of an earlier run would refuse a run with these settings; "" when it would not, or
// when nothing is said of a run.
func (o Options) checkpointConflict(source cardfile.Source, found check.Findings) string {
	if o.Program == "" {
		return ""
	}

	c, err := o.loadCheckpoint(source)

	switch {
	case err != nil:
		return err.Error()
	case c != nil && c.SourceSize == source.Size && c.SourceSHA256 != hex.EncodeToString(found.SourceSHA256):
		return c.changedError(source).Error()
	default:
		return ""
	}
}
