package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
)

// rowReader is a source of which is known what its rows have.
type rowReader struct {
	*sourceReader

	layout    *layout
	headerEnd int64 // the line on which the header ends, 0 where there is none
	row       int64 // the last one of the chunks so far
	end       int64 // where in the text that ended

	// onRow, when set, is called with each row and its number.
	onRow func(record records.Record, number int64)

	// firstRow is the first row, read with the header to know that there is one.
	firstRow *records.Record
}

// openRows reads the header. A fault of it, or that there is nothing below it,
// is a *FileError. The caller closes the table.
func openRows(ctx context.Context, source Source, in Input) (*rowReader, error) {
	o, err := openSource(ctx, source, in)
	if err != nil {
		return nil, err
	}

	t := &rowReader{sourceReader: o}
	if err := t.start(in); err != nil {
		t.close()
		return nil, err
	}

	return t, nil
}

func (t *rowReader) start(in Input) error {
	if err := t.makeLayout(in); err != nil {
		return err
	}

	t.layout.file, t.layout.names, t.layout.cardLike = t.name, in.names, in.CardLike
	t.layout.byteOrderMark = t.text.Mark || t.text.Encoding != text.UTF8

	first, err := t.next()
	if errors.Is(err, io.EOF) {
		return &FileError{Source: t.name, Reason: "has a header and no rows"}
	}

	t.firstRow = &first

	return err
}

func (t *rowReader) makeLayout(in Input) (err error) {
	if t.format == JSONLines {
		if t.layout, err = newObjectLayout(in.Mapping); err != nil {
			return &FileError{Source: t.name, Reason: err.Error()}
		}

		return nil
	}

	header, err := t.readHeader()
	if err != nil {
		return err
	}

	if t.layout, err = newLayout(header.Fields, t.delimiter, in.Mapping); err != nil {
		return &FileError{Source: t.name, Line: header.Line, Reason: err.Error()}
	}

	t.reader.ExpectFields(len(header.Fields))

	next, _ := t.reader.Position()
	t.headerEnd = next - 1

	return nil
}

func (t *rowReader) nextRow() (records.Record, error) {
	if t.firstRow != nil {
		record := *t.firstRow
		t.firstRow = nil

		return record, nil
	}

	record, err := t.next()
	if errors.Is(err, io.EOF) {
		if err := t.drain(); err != nil {
			return records.Record{}, err
		}
	}

	return record, err
}

// drain reads what may be left of the source behind its text, for the hash of the whole.
func (t *rowReader) drain() error {
	if _, err := io.Copy(io.Discard, t.hasher); err != nil {
		return fmt.Errorf("reading %s: %w", t.name, err)
	}

	return nil
}
