package columns

import (
	"context"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/text"
)

// SkipTo continues after a row that an earlier run has settled. Where a position in
// the text is one in the source, what lies before it is hashed again and not
// looked at; in a source that is packed or decoded it is read row by row.
func (t *Reader) SkipTo(ctx context.Context, source cardfile.Source, origin int64, to Position) error {
	seeker, ok := source.Reader.(io.Seeker)
	if !ok || origin < 0 || !t.Plain() {
		return t.readPast(ctx, to)
	}

	if _, err := seeker.Seek(origin, io.SeekStart); err != nil {
		return fmt.Errorf("going back to the begin of %s: %w", t.Name, err)
	}

	offset := to.Offset
	if t.Text.Mark {
		offset += int64(len(text.ByteOrderMark)) // which the offsets of records do not count
	}

	t.Hasher = cardfile.NewHashingReader(ctx, source)
	if _, err := io.CopyN(io.Discard, t.Hasher, offset); err != nil {
		return fmt.Errorf("going to row %d of %s: %w", to.Row+1, t.Name, err)
	}

	t.Records = t.Records.Rest(t.Text.Rest(t.Hasher), to.Next, to.Offset)
	t.row, t.end, t.firstRow = to.Row, to.Offset, nil

	return nil
}

func (t *Reader) readPast(ctx context.Context, to Position) error {
	for t.row < to.Row {
		if err := ctx.Err(); err != nil {
			return err
		}

		record, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s has only %d rows, and %d were sent: it was changed", t.Name, t.row, to.Row)
		}

		if err != nil {
			return err
		}

		t.row, t.end = t.row+1, record.End
	}

	return nil
}
