package bulk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/mapping"
)

// loadCheckpoint returns the checkpoint from which the run resumes, nil to begin at
// the first row. One of another run, or of the file before it was changed, is an error.
func (o Options) loadCheckpoint(source cardfile.Source) (*checkpoint, error) {
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
func (c *checkpoint) verifySource(source cardfile.Source, left cardfile.Remainder) error {
	if c == nil {
		return nil
	}

	if source.Checked == nil || c.SourceSHA256 != hex.EncodeToString(source.Checked.Hash[:]) || left.Cut {
		return c.changedError(source)
	}

	return nil
}

// preferChanged replaces the fault of a changed file by the error that it was changed, which is the cause.
func (c *checkpoint) preferChanged(ctx context.Context, source cardfile.Source, origin int64, found error) error {
	seeker, ok := source.Reader.(io.Seeker)
	if _, faulty := errors.AsType[*cardfile.FileError](found); c == nil || !faulty || !ok {
		return found
	}

	if _, err := seeker.Seek(origin, io.SeekStart); err != nil {
		return found
	}

	all := cardfile.NewHashingReader(ctx, source)
	if _, err := io.Copy(io.Discard, all); err != nil {
		return found
	}

	if sum := all.Hash(); c.SourceSHA256 != hex.EncodeToString(sum[:]) {
		return c.changedError(source)
	}

	return found
}

func (c *checkpoint) changedError(source cardfile.Source) error {
	return fmt.Errorf("%s was changed since %s, when it had been sent as batch %s, for certain up to row %d (line %d). "+
		"To go on, put the former content back; to send this one, use --restart and another --batch",
		source.Name, c.SavedAt.Format(time.DateTime), c.Batch, c.Settled.Row, c.Settled.Line)
}

// settingsHash is a hash of the settings that decide what job a row becomes.
//
// A half-sent file can be resumed after an upgrade of this program. So a new setting must add to the hash only when it is
// set.
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

// warnPartialRejects says that the rejects of a resumed run are not all in one place: this run cannot repeat what an earlier
// one has written to a stream, and does not write to a stream what that has written to a file.
func (o Options) warnPartialRejects(from *checkpoint) {
	if o.stream == nil && (from.Counts.Rejected == 0 || from.Rejects.Bytes > 0) {
		return
	}

	o.Warn(fmt.Sprintf("%s gets the rejects of this run only, those behind row %d, to which an earlier run had come; "+
		"all of them: submit outcomes %s --status not_sent", o.RejectsPath, from.Settled.Row, o.Batch))
}
