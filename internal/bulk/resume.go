package bulk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
)

// loadCheckpoint returns the checkpoint from which the run is to go on, nil to begin at
// the first row. One of another run, or of the file before it was changed, is an error.
func (o Options) loadCheckpoint(source Source) (*checkpoint, error) {
	if o.StatePath == "" || o.Restart {
		return nil, nil //nolint:nilnil // none is no error
	}

	c, err := readCheckpoint(o.StatePath)
	if c == nil || err != nil {
		return nil, err
	}

	switch {
	case c.Batch != o.Batch || c.Program != o.Program:
		return nil, fmt.Errorf("%s was begun as batch %s of program %s and is not complete (%s): "+
			"go on under these names, or begin it anew with --restart", source.Name, c.Batch, c.Program, o.StatePath)
	case c.SettingsHash != o.settingsHash():
		return nil, fmt.Errorf("%s was begun with other settings for what its rows mean, such as --not-after, "+
			"and is not complete (%s): go on with the same settings, or begin it anew with --restart", source.Name, o.StatePath)
	case source.Size > 0 && c.SourceSize > source.Size:
		return nil, c.changedError(source) // seen without reading the file
	}

	return c, nil
}

// verifySource compares the file with the one that the checkpoint was written for. Appended rows do not count, unless they
// continue the last row.
func (c *checkpoint) verifySource(source Source, left Remainder) error {
	if c == nil {
		return nil
	}

	if source.checked == nil || c.SourceSHA256 != hex.EncodeToString(source.checked.hash[:]) || left.Cut {
		return c.changedError(source)
	}

	return nil
}

// preferChanged says that a file was changed rather than what is wrong with the one in its place.
func (c *checkpoint) preferChanged(ctx context.Context, source Source, origin int64, found error) error {
	seeker, ok := source.Reader.(io.Seeker)
	if _, faulty := errors.AsType[*FileError](found); c == nil || !faulty || !ok {
		return found
	}

	if _, err := seeker.Seek(origin, io.SeekStart); err != nil {
		return found
	}

	all := newHashingReader(ctx, source)
	if _, err := io.Copy(io.Discard, all); err != nil {
		return found
	}

	if sum := all.hash(); c.SourceSHA256 != hex.EncodeToString(sum[:]) {
		return c.changedError(source)
	}

	return found
}

func (c *checkpoint) changedError(source Source) error {
	return fmt.Errorf("%s was changed since %s, when it had been sent as batch %s, for certain up to row %d (line %d). "+
		"To go on, put the former content back; to send this one, use --restart and another --batch",
		source.Name, c.SavedAt.Format(time.DateTime), c.Batch, c.Settled.Row, c.Settled.Line)
}

// settingsHash is a hash of the settings that decide what job a row becomes.
//
// A file that is half sent while this program is upgraded is gone on with: what a setting that is not
// set adds to the hash must not change, so one that is new adds something only when it is set.
func (o Options) settingsHash() string {
	in := o.Input
	m := struct { // as the first version had it
		Columns   []mapping.Column
		Constants map[string]string
		Ignore    []string
	}{in.Mapping.Columns, in.Mapping.Constants, in.Mapping.Ignore}

	settings := fmt.Sprintf("%q %q %q %+v", o.NotAfter.UTC().Format(time.RFC3339Nano), in.Delimiter, in.Encoding, m)
	if in.Trailer != nil {
		settings += fmt.Sprintf(" %q", in.Trailer)
	}

	if len(in.Mapping.Null) > 0 {
		settings += fmt.Sprintf(" null %q", in.Mapping.Null)
	}

	sum := sha256.Sum256([]byte(settings))

	return hex.EncodeToString(sum[:])
}

// skipTo goes on behind a row that an earlier run has settled. Where a position in
// the text is one in the source, what lies before it is hashed again and not
// looked at; in a source that is packed or decoded it is read row by row.
func (t *rowReader) skipTo(ctx context.Context, source Source, origin int64, to position) error {
	seeker, ok := source.Reader.(io.Seeker)
	if !ok || origin < 0 || !t.plain() {
		return t.readPast(ctx, to)
	}

	if _, err := seeker.Seek(origin, io.SeekStart); err != nil {
		return fmt.Errorf("going back to the begin of %s: %w", t.name, err)
	}

	offset := to.Offset
	if t.text.Mark {
		offset += int64(len(text.ByteOrderMark)) // which the offsets of records do not count
	}

	t.hasher = newHashingReader(ctx, source)
	if _, err := io.CopyN(io.Discard, t.hasher, offset); err != nil {
		return fmt.Errorf("going to row %d of %s: %w", to.Row+1, t.name, err)
	}

	t.reader = t.reader.Rest(t.text.Rest(t.hasher), to.Next, to.Offset)
	t.row, t.end, t.firstRow = to.Row, to.Offset, nil

	return nil
}

func (t *rowReader) readPast(ctx context.Context, to position) error {
	for t.row < to.Row {
		if err := ctx.Err(); err != nil {
			return err
		}

		record, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s has only %d rows, and %d were sent: it was changed", t.name, t.row, to.Row)
		}

		if err != nil {
			return err
		}

		t.row, t.end = t.row+1, record.End
	}

	return nil
}

// startOffset is where a source begins that can go back there, -1 when it cannot.
func (s Source) startOffset() int64 {
	seeker, ok := s.Reader.(io.Seeker)
	if !ok {
		return -1
	}

	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1 // a pipe is an *os.File too
	}

	return at
}
