package columns

import (
	"context"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
)

// Reader is a source of which is known what its rows have.
type Reader struct {
	*cardfile.Reader

	Layout    *Layout
	HeaderEnd int64 // the line on which the header ends, 0 where there is none
	row       int64 // the last one of the chunks so far
	end       int64 // where in the text that ended

	// OnRow, when set, is called with each row and its number.
	OnRow func(record records.Record, number int64)

	// firstRow is the first row, read with the header to know that there is one.
	firstRow *records.Record
}

// NoRows says that there is nothing to send.
const NoRows = "has a header and no rows"

// Open reads the header. A fault of it, or that there is nothing below it,
// is a *FileError. The caller closes the table.
func Open(ctx context.Context, source cardfile.Source, in cardfile.Input, names []RunName) (*Reader, error) {
	o, err := cardfile.NewReader(ctx, source, in)
	if err != nil {
		return nil, err
	}

	t := &Reader{Reader: o}
	if err := t.start(in, names); err != nil {
		t.Close()
		return nil, err
	}

	return t, nil
}

func (t *Reader) start(in cardfile.Input, names []RunName) error {
	if err := t.makeLayout(in); err != nil {
		return err
	}

	t.Layout.file, t.Layout.names, t.Layout.CardLike = t.Name, names, in.CardLike
	t.Layout.ByteOrderMark = t.Text.Mark || t.Text.Encoding != text.UTF8

	first, err := t.Next()
	if errors.Is(err, io.EOF) {
		return &cardfile.FileError{Source: t.Name, Reason: NoRows}
	}

	t.firstRow = &first

	return err
}

func (t *Reader) makeLayout(in cardfile.Input) (err error) {
	if t.Format == cardfile.JSONLines {
		if t.Layout, err = NewObjectLayout(in.Mapping); err != nil {
			return &cardfile.FileError{Source: t.Name, Reason: err.Error()}
		}

		return nil
	}

	header, err := ReadHeader(t.Reader)
	if err != nil {
		return err
	}

	if t.Layout, err = NewLayout(header.Fields, t.Delimiter, in.Mapping); err != nil {
		return &cardfile.FileError{Source: t.Name, Line: header.Line, Reason: err.Error()}
	}

	t.Records.ExpectFields(len(header.Fields))

	next, _ := t.Records.Position()
	t.HeaderEnd = next - 1

	return nil
}

func (t *Reader) nextRow() (records.Record, error) {
	if t.firstRow != nil {
		record := *t.firstRow
		t.firstRow = nil

		return record, nil
	}

	record, err := t.Next()
	if errors.Is(err, io.EOF) {
		if err := t.drain(); err != nil {
			return records.Record{}, err
		}
	}

	return record, err
}

// drain reads what may be left of the source behind its text, for the hash of the whole.
func (t *Reader) drain() error {
	if _, err := io.Copy(io.Discard, t.Hasher); err != nil {
		return fmt.Errorf("reading %s: %w", t.Name, err)
	}

	return nil
}
