package bulk

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Ending says what a source must end with. A source that was cut can end well: only these tell.
type Ending struct {
	// Strict refuses a source whose last line has no end.
	Strict bool
	// Rows is how many rows there must be, 0 for any number. A trailer record (Input.Trailer) says it too.
	Rows int64
}

// mustSeeEnd reports whether the source must be seen to its end before anything of it is sent.
func (o Options) mustSeeEnd() bool { return o.Ending != Ending{} || o.Input.Trailer != nil }

// checkEnd looks at how a source has ended that has so many rows. What makes it certain
// that the source was cut is a *FileError, what makes it possible a warning.
func (t *rowReader) checkEnd(rows int64, o Options) ([]Warning, error) {
	line, unended := t.reader.Unended()
	form := o.Input.Trailer

	switch {
	case form != nil && t.reader.EndedOn() == 0:
		return nil, &FileError{Source: t.name, Reason: fmt.Sprintf(
			"the last line is no trailer record of the form %s: the file was cut, or its trailer is written in another way", form)}
	case form != nil && t.trailerRows != rows:
		return nil, &FileError{Source: t.name, Line: t.reader.EndedOn(), Reason: fmt.Sprintf(
			"the trailer record says that there are %s, and there are %d: get the file again, whole; where the number counts "+
				"other records too, such as the trailer, write {rows+1} for it", rowCount(t.trailerRows), rows)}
	case o.Ending.Rows > 0 && o.Ending.Rows != rows:
		return nil, &FileError{Source: t.name, Reason: fmt.Sprintf(
			"has %s, and %d are expected: get the file again, whole, or correct --expect-rows", rowCount(rows), o.Ending.Rows)}
	case unended && o.Ending.Strict:
		return nil, &FileError{Source: t.name, Line: line, Reason: "the last line has no end, as in a file that was cut: " +
			"get the file again, whole, or leave --strict-end out"}
	case unended && form == nil:
		return []Warning{{
			Code: WarnUnended, Rows: 1, Line: line, Lines: []int64{line},
			Text: "the last line has no end, as in a file that was cut: compare it with its origin; --strict-end refuses such files",
		}}, nil
	default:
		return nil, nil
	}
}

// takeTrailer takes note of what the trailer record says.
func (o *sourceReader) takeTrailer(line []byte) bool {
	rows, is := o.trailerForm.Rows(string(line))
	if is {
		o.trailerRows = rows
	}

	return is
}

// rowCount says "1 row" and "2 rows".
func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}

	return fmt.Sprintf("%d rows", n)
}

// maxInMemory is how much is held of what can be read only once and must be seen to its end first.
const maxInMemory = 64 << 20

// readIntoMemory reads a source that can be read only once into memory, and never to a disk: it holds card numbers.
func (s Source) readIntoMemory(ctx context.Context) (Source, error) {
	content, err := io.ReadAll(io.LimitReader(newHashingReader(ctx, s), maxInMemory+1))
	if err != nil {
		return s, fmt.Errorf("reading %s: %w", s.Name, err)
	}

	if len(content) > maxInMemory {
		return s, &FileError{Source: s.Name, Reason: fmt.Sprintf("is larger than %d MiB and can be read only once, so its end "+
			"cannot be checked before its begin is sent: submit it as a file", maxInMemory>>20)}
	}

	return Source{Reader: bytes.NewReader(content), Name: s.Name, Size: int64(len(content))}, nil
}
