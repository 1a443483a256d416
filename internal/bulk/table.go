package bulk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/bulk/records"
)

// table is a source whose header has been read.
type table struct {
	name   string
	layout layout
	reader *records.Reader
	tap    *tap
	row    int64 // the last one of the chunks so far
	end    int64 // where in the source that ended

	markBytes int64 // of the byte order mark, which offsets do not count

	// ahead is the first row, read with the header to know that there is one.
	ahead *records.Record
}

// openTable reads the header. A fault of it, or that there is nothing below it, is a *FileError.
func openTable(ctx context.Context, source Source) (*table, error) {
	t := &table{name: source.Name, tap: &tap{ctx: ctx, source: source, sum: sha256.New()}}

	text := bufio.NewReader(t.tap)
	if err := begin(source.Name, text); err != nil {
		return nil, err
	}

	t.markBytes = t.tap.read - int64(text.Buffered())

	t.reader = records.NewReader(text)

	header, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Source: t.name, Reason: "is empty"}
	}

	if err != nil {
		return nil, err
	}

	if header.Fault != records.None {
		return nil, &FileError{Source: t.name, Line: header.Line, Reason: "the header: " + malformed(header, 0).reason}
	}

	if t.layout, err = newLayout(header.Fields); err != nil {
		return nil, &FileError{Source: t.name, Line: header.Line, Reason: err.Error()}
	}

	t.reader.ExpectFields(len(header.Fields))

	first, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{Source: t.name, Reason: "has a header and no rows"}
	}

	t.ahead = &first

	return t, err
}

func (t *table) next() (records.Record, error) {
	record, err := t.reader.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return record, fmt.Errorf("reading %s: %w", t.name, err)
	}

	return record, err
}

// chunkBytes ends a chunk early, so that memory stays bounded when every row is as long as a row can be.
const chunkBytes = 1 << 20

// chunk reads up to so many rows; io.EOF when there are none. After an error
// what came before it is not returned: the last of it may be half a row.
func (t *table) chunk(rows int) (*chunk, error) {
	c := &chunk{first: t.row + 1, end: t.end, sealed: make(chan struct{})}

	for len(c.records) < rows && c.end-t.end < chunkBytes {
		record, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		c.records, c.end = append(c.records, record), record.End
	}

	if len(c.records) == 0 {
		return nil, io.EOF
	}

	t.row, t.end = c.last(), c.end
	c.next, _ = t.reader.Position()

	return c, nil
}

func (t *table) nextRow() (records.Record, error) {
	if t.ahead != nil {
		record := *t.ahead
		t.ahead = nil

		return record, nil
	}

	return t.next()
}
