package bulk

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

// sourceReader is a source as a stream of records whose meaning is not known yet.
type sourceReader struct {
	name        string
	hasher      *hashingReader
	text        *text.Text
	format      Format
	delimiter   byte // of CSV
	reader      *records.Reader
	trailerForm *trailer.Form
	trailerRows int64 // the number of rows that the trailer record says
}

// openSource finds out what a source is. The caller closes it; the source itself stays open.
func openSource(ctx context.Context, source Source, in Input) (*sourceReader, error) {
	o := &sourceReader{name: source.Name, hasher: newHashingReader(ctx, source), format: CSV}

	var err error
	if o.text, err = text.Open(o.hasher, in.Encoding); err != nil {
		return nil, o.wrapError(err)
	}

	o.reader = records.NewReader(o.text)
	if o.trailerForm = in.Trailer; o.trailerForm != nil {
		o.reader.EndsWith(o.takeTrailer)
	}

	if err := o.recognize(in); err != nil {
		o.close()
		return nil, err
	}

	return o, nil
}

// recognize tells JSON from CSV, and finds the delimiter of that.
func (o *sourceReader) recognize(in Input) error {
	if o.text.First == '{' || o.text.First == '[' {
		o.format = JSONLines
		return o.checkJSON()
	}

	named, err := o.separator()

	switch {
	case err != nil:
		return err
	case in.Delimiter != 0:
		o.delimiter = in.Delimiter
	case named != 0:
		o.delimiter = named
	default:
		found, err := o.reader.DelimitersAhead()
		if err != nil {
			return o.wrapError(err)
		}

		if len(found) > 1 {
			return &FileError{Source: o.name, Reason: fmt.Sprintf(
				"the header has %s outside quotes; say with --delimiter which of them separates the columns", delimiterNames(found))}
		}

		o.delimiter = append(found, ',')[0]
	}

	o.reader.Separate(o.delimiter)

	return nil
}

// separator takes the line sep=; of spreadsheets and returns what it says, 0 where there is none.
func (o *sourceReader) separator() (byte, error) {
	named, found := o.reader.TakeSeparator()
	if !found {
		return 0, nil
	}

	if len(named) != 1 || bytes.IndexByte(records.Delimiters(), named[0]) < 0 {
		return 0, &FileError{Source: o.name, Line: 1, Reason: "the line sep= names a delimiter that is not taken; " +
			"taken are a comma, a semicolon, a tab and a vertical bar"}
	}

	return named[0], nil
}

// checkJSON refuses JSON that is not one object on each line.
func (o *sourceReader) checkJSON() error {
	if o.text.First == '[' {
		return &FileError{Source: o.name, Reason: "begins with [ as a JSON array does; " +
			"write one JSON object on each line, such as with: jq -c '.[]' FILE"}
	}

	for _, line := range o.reader.LinesAhead(linesLookedAt) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}

		if strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[") ||
			strings.HasSuffix(line, ",") && !strings.HasSuffix(line, "},") {
			return &FileError{Source: o.name, Reason: "is JSON with an object over several lines; " +
				"write one JSON object on each line, such as with: jq -c . FILE"}
		}

		return nil
	}

	return nil
}

// linesLookedAt is how many lines tell what a file is.
const linesLookedAt = 20

// delimiterNames says "a comma and a semicolon".
func delimiterNames(delimiters []byte) string {
	var all []string
	for _, delimiter := range delimiters {
		all = append(all, delimiterName(delimiter))
	}

	return strings.Join(all, " and ")
}

// readHeader reads the first record of CSV.
func (o *sourceReader) readHeader() (records.Record, error) {
	header, err := o.next()

	switch {
	case errors.Is(err, io.EOF):
		return header, &FileError{Source: o.name, Reason: text.ErrEmpty.Error()}
	case err != nil:
		return header, err
	case header.Fault != records.None:
		return header, &FileError{Source: o.name, Line: header.Line, Reason: "the header: " + malformedHeader(header.Fault)}
	}

	if reason := whyNoHeader(header.Line, header.Fields, o.reader.LinesAhead(linesLookedAt)); reason != "" {
		return header, &FileError{Source: o.name, Line: header.Line, Reason: reason}
	}

	return header, nil
}

func (o *sourceReader) next() (records.Record, error) {
	read := o.reader.Next
	if o.format == JSONLines {
		read = o.reader.NextLine
	}

	record, err := read()
	if err != nil && !errors.Is(err, io.EOF) {
		return record, o.wrapError(err)
	}

	return record, err
}

// wrapError says which source an error is about.
func (o *sourceReader) wrapError(err error) error {
	if fault, is := errors.AsType[text.FaultError](err); is {
		return &FileError{Source: o.name, Reason: fault.Error()}
	}

	return fmt.Errorf("reading %s: %w", o.name, err)
}

// sourceOffset is where in the source, for progress, the text has been read up to
// end. In a source that is packed or decoded, that is how much has been read.
func (o *sourceReader) sourceOffset(end int64) int64 {
	if o.plain() {
		return end
	}

	return o.hasher.n
}

// plain reports whether the text is in the source as it is.
func (o *sourceReader) plain() bool {
	return o.text.Compression == text.Plain && o.text.Encoding == text.UTF8
}

func (o *sourceReader) close() { o.text.Close() }
