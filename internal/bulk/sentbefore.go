package bulk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// ErrSentBefore is wrapped by the error about a file whose content was sent as another batch.
var ErrSentBefore = errors.New("the same content was sent before")

// claim saves the batch, unless its content is that of another one: its jobs would have other ids, and each card would be
// enrolled again. Of two runs that begin at the same moment, one is refused.
func (s *submission) claim(ctx context.Context) error {
	if s.registry == nil {
		return nil
	}

	if s.digest == nil || s.options.Again {
		return s.save(ctx)
	}

	earlier, found, err := s.registry.ClaimBatch(ctx, s.batch)
	if err != nil || !found {
		return s.batchError(ctx, err)
	}

	return sentBeforeError(earlier, s.pipeline.table.Name)
}

// sentBeforeError says that the content of a source was sent before, and what to do.
func sentBeforeError(earlier store.Batch, source string) error {
	advice := "to enroll its cards once more, use --again"
	if earlier.CompletedAt.IsZero() {
		advice = "that batch is not complete: go on with it under --batch " + earlier.ID + ", or " + advice
	}

	return fmt.Errorf("%s: %w, %s; %s", source, ErrSentBefore, describeBatch(earlier), advice)
}

// noteSentBefore says the same of a source that was read only once, when it has been sent.
func (s *submission) noteSentBefore(ctx context.Context, digest []byte) []string {
	if s.registry == nil || s.digest != nil || s.options.Again {
		return nil
	}

	earlier, found, err := s.registry.SameContent(ctx, s.batch.Program, s.batch.ID, digest)
	if err != nil || !found || earlier.ID == s.batch.ID { // it is to help, and all has been sent
		return nil
	}

	return []string{fmt.Sprintf("%s, %s; what is read only once is compared only at its end", ErrSentBefore, describeBatch(earlier))}
}

func describeBatch(b store.Batch) string {
	return fmt.Sprintf("as batch %s (%s, begun %s, %s)",
		b.ID, b.Source, b.StartedAt.Format(time.DateTime), check.RowCount(b.RowsRead))
}

// conflictError says of what file a batch is. It is a store.ErrBatchConflict, whose words it has in other ones.
type conflictError struct{ text string }

// Error says which batch, and what to do.
func (e conflictError) Error() string { return e.text }

// Unwrap returns store.ErrBatchConflict.
func (conflictError) Unwrap() error { return store.ErrBatchConflict }

// batchIdentity is the batch of a run, and the registry that knows other batches.
type batchIdentity struct {
	registry Registry
	batch    store.Batch
	now      func() time.Time
}

// conflict says of what file the batch is, and what to do.
func (s batchIdentity) conflict(ctx context.Context, err error) error {
	known, unread := s.registry.Progress(ctx, s.batch.ID)
	if unread != nil {
		return fmt.Errorf("%w: name another one with --batch", err)
	}

	b := known.Batch
	if b.Program != s.batch.Program {
		return conflictError{fmt.Sprintf("batch %s is of program %s (%s, begun %s). "+
			"Correct --program, or name another batch, such as --batch %s",
			b.ID, b.Program, b.Source, b.StartedAt.Format(time.DateTime), s.proposeName(ctx))}
	}

	return conflictError{fmt.Sprintf("batch %s is %s as it was on %s, with other content (%s). "+
		"Without --batch, the batch has the file's name. A new file: give it a batch of its own, such as --batch %s. "+
		"The same file with rows added: send only those, as a file and a batch of their own, since the others would be enrolled again",
		b.ID, b.Source, b.StartedAt.Format(time.DateTime), check.RowCount(b.RowsRead), s.proposeName(ctx))}
}

// proposeName proposes the name of a batch: with the date, and with the time where that is taken.
func (s batchIdentity) proposeName(ctx context.Context) string {
	now := s.now()

	for _, layout := range []string{"2006-01-02", "2006-01-02-1504"} {
		name := s.batch.ID + "-" + now.Format(layout)
		if !jobs.ValidID(name) {
			break
		}

		if _, err := s.registry.Progress(ctx, name); errors.Is(err, store.ErrNoBatch) {
			return name
		}
	}

	return now.Format("2006-01-02-150405")
}
