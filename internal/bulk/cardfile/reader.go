package cardfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/internal/bulk/trailer"
)

// Reader is a source as a stream of records whose meaning is not known yet.
type Reader struct {
	Name        string
	Hasher      *HashingReader
	Text        *text.Text
	Format      Format
	Delimiter   byte // of CSV
	Records     *records.Reader
	trailerForm *trailer.Form
	TrailerRows int64 // the number of rows that the trailer record says
}

// NewReader finds out what a source is. The caller closes it; the source itself stays open.
func NewReader(ctx context.Context, source Source, in Input) (*Reader, error) {
	o := &Reader{Name: source.Name, Hasher: NewHashingReader(ctx, source), Format: CSV}

	var err error
	if o.Text, err = text.Open(o.Hasher, in.Encoding); err != nil {
		return nil, o.wrapError(err)
	}

	o.Records = records.NewReader(o.Text)
	if o.trailerForm = in.Trailer; o.trailerForm != nil {
		o.Records.EndsWith(o.takeTrailer)
	}

	if err := o.recognize(in); err != nil {
		o.Close()
		return nil, err
	}

	return o, nil
}

// recognize tells JSON from CSV, and finds the delimiter of that.
func (o *Reader) recognize(in Input) error {
	if o.Text.First == '{' || o.Text.First == '[' {
		o.Format = JSONLines
		return o.checkJSON()
	}

	named, err := o.separator()

	switch {
	case err != nil:
		return err
	case in.Delimiter != 0:
		o.Delimiter = in.Delimiter
	case named != 0:
		o.Delimiter = named
	default:
		found, err := o.Records.DelimitersAhead()
		if err != nil {
			return o.wrapError(err)
		}

		if len(found) > 1 {
			return &FileError{Source: o.Name, Reason: fmt.Sprintf(
				"the header has %s outside quotes; say with --delimiter which of them separates the columns", delimiterNames(found))}
		}

		o.Delimiter = append(found, ',')[0]
	}

	o.Records.Separate(o.Delimiter)

	return nil
}

// separator takes the line sep=; of spreadsheets and returns what it says, 0 where there is none.
func (o *Reader) separator() (byte, error) {
	named, found := o.Records.TakeSeparator()
	if !found {
		return 0, nil
	}

	if len(named) != 1 || bytes.IndexByte(records.Delimiters(), named[0]) < 0 {
		return 0, &FileError{Source: o.Name, Line: 1, Reason: "the line sep= names a delimiter that is not taken; " +
			"taken are a comma, a semicolon, a tab and a vertical bar"}
	}

	return named[0], nil
}

// checkJSON refuses JSON that is not one object on each line.
func (o *Reader) checkJSON() error {
	if o.Text.First == '[' {
		return &FileError{Source: o.Name, Reason: "begins with [ as a JSON array does; " +
			"write one JSON object on each line, such as with: jq -c '.[]' FILE"}
	}

	for _, line := range o.Records.LinesAhead(LinesLookedAt) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}

		if strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[") ||
			strings.HasSuffix(line, ",") && !strings.HasSuffix(line, "},") {
			return &FileError{Source: o.Name, Reason: "is JSON with an object over several lines; " +
				"write one JSON object on each line, such as with: jq -c . FILE"}
		}

		return nil
	}

	return nil
}

// LinesLookedAt is how many lines tell what a file is.
const LinesLookedAt = 20

func (o *Reader) Next() (records.Record, error) {
	read := o.Records.Next
	if o.Format == JSONLines {
		read = o.Records.NextLine
	}

	record, err := read()
	if err != nil && !errors.Is(err, io.EOF) {
		return record, o.wrapError(err)
	}

	return record, err
}

// wrapError says which source an error is about.
func (o *Reader) wrapError(err error) error {
	if fault, is := errors.AsType[text.FaultError](err); is {
		return &FileError{Source: o.Name, Reason: fault.Error()}
	}

	return fmt.Errorf("reading %s: %w", o.Name, err)
}

// SourceOffset is where in the source, for progress, the text has been read up to
// end. In a source that is packed or decoded, that is how much has been read.
func (o *Reader) SourceOffset(end int64) int64 {
	if o.Plain() {
		return end
	}

	return o.Hasher.n
}

// Plain reports whether the text is in the source as it is.
func (o *Reader) Plain() bool {
	return o.Text.Compression == text.Plain && o.Text.Encoding == text.UTF8
}

func (o *Reader) Close() { o.Text.Close() }

// takeTrailer takes note of what the trailer record says.
func (o *Reader) takeTrailer(line []byte) bool {
	rows, is := o.trailerForm.Rows(string(line))
	if is {
		o.TrailerRows = rows
	}

	return is
}
