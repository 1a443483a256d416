// Package records splits a stream of comma-separated values (RFC 4180, or with
// another delimiter) or of lines into records of which each is right or wrong on
// its own: encoding/csv ends at the first stray quote and keeps a line of any
// length in memory, and a file with a million rows should lose one row to
// either, not the rest of the file.
package records

import (
	"bytes"
	"errors"
	"io"
)

// MaxBytes is the length of the longest record, its line breaks included.
const MaxBytes = 64 << 10

// windowBytes is what the reader holds of the stream: the record at hand and what follows it.
const windowBytes = 4 * MaxBytes

// maxEmptyReads is after how many reads without data or error the source counts as broken.
const maxEmptyReads = 100

var errTooLong = errors.New("no end of line within the limit")

// Record is one row of the stream, or what stands in its place.
type Record struct {
	// Line is the physical line on which the record begins, the first one being 1.
	Line int64
	// End is the offset in bytes at which the record has ended.
	End int64
	// Fields are the values, quotes removed; nil when the fault leaves none.
	Fields []string
	Fault  Fault
}

// Reader reads records from a source. Lines end in LF or CRLF, and inside
// quotes CRLF becomes LF; lines without any text are passed over, and so are those of delimiters only.
type Reader struct {
	source io.Reader
	window []byte // read and not yet consumed: window[start:end]
	start  int
	end    int
	ended  error // what ended the source

	line      int64 // on which window[start] is
	offset    int64 // of window[start]
	fields    int
	delimiter byte

	last    byte // of what was consumed
	ends    func(line []byte) bool
	endedOn int64 // the line that ends has told, 0 while there was none
}

// NewReader makes a reader. It reads ahead of the records it returns.
func NewReader(source io.Reader) *Reader {
	return &Reader{source: source, window: make([]byte, windowBytes), line: 1, delimiter: ','}
}

// Separate sets what stands between the values from now on; at first it is a comma.
func (r *Reader) Separate(delimiter byte) { r.delimiter = delimiter }

// Rest makes a reader of the rest of a stream that is read like this one, and that begins on a line
// and at an offset: those that Position has returned.
func (r *Reader) Rest(rest io.Reader, line, offset int64) *Reader {
	next := NewReader(rest)
	next.line, next.offset = line, offset
	next.delimiter, next.fields, next.ends = r.delimiter, r.fields, r.ends

	return next
}

// Position returns the line on which the next record can begin, and its offset.
func (r *Reader) Position() (line, offset int64) { return r.line, r.offset }

// ExpectFields makes records with another number of fields faulty from now on.
func (r *Reader) ExpectFields(n int) { r.fields = n }

// Next returns the next record, io.EOF when there is none, or the source's
// error. After a faulty record it goes on with the line after the one on which
// that record began, so a quote that is never closed costs one line.
func (r *Reader) Next() (Record, error) {
	length, err := r.lineWithText([]byte{r.delimiter})

	switch {
	case errors.Is(err, errTooLong):
		return r.tooLong(), nil
	case err != nil:
		return Record{}, err
	}

	return r.record(length)
}

// NextLine returns the next line that has text as a record with one field,
// whatever is in it. Like Next it returns io.EOF or the source's error at the end.
func (r *Reader) NextLine() (Record, error) {
	length, err := r.lineWithText(nil)

	switch {
	case errors.Is(err, errTooLong):
		return r.tooLong(), nil
	case err != nil:
		return Record{}, err
	}

	record := Record{Line: r.line, Fields: []string{string(withoutBreak(r.text(0, length)))}}
	r.consume(length)
	record.End = r.offset

	return record, nil
}

// lineWithText passes over lines with nothing but delimiters, and over the one that ends the stream, and returns the
// length of the next one.
func (r *Reader) lineWithText(delimiters []byte) (int, error) {
	for {
		length, err := r.lineAt(0)
		if err != nil {
			return length, err
		}

		if text := withoutBreak(r.text(0, length)); !isBlank(text, delimiters) {
			if r.ends == nil || !r.ends(text) || r.followed(length, delimiters) {
				return length, nil
			}

			r.endedOn = r.line
			r.consume(length)
		} else {
			r.pass(length)
		}
	}
}

func (r *Reader) tooLong() Record {
	record := Record{Line: r.line, Fault: TooLong}
	r.skipLine()
	record.End = r.offset

	return record
}

// record reads the record that begins with a line of the given length.
func (r *Reader) record(first int) (Record, error) {
	fields := parser{delimiter: r.delimiter, done: make([]string, 0, r.fields)}
	record := Record{Line: r.line}
	from, to := 0, first

	for {
		state := fields.feed(r.text(from, to))
		if state == complete {
			break
		}

		next, err := 0, errTooLong
		if state == open {
			next, err = r.lineAt(to)
		}

		switch {
		case errors.Is(err, errTooLong), errors.Is(err, io.EOF):
			return r.broken(record, first), nil
		case err != nil:
			return Record{}, err
		}

		from, to = to, next
	}

	if r.fields > 0 && len(fields.done) != r.fields {
		// Over several lines, a quote that was not meant as one has swallowed good rows: give them back.
		if to != first {
			return r.broken(record, first), nil
		}

		record.Fault = FieldCount
	}

	record.Fields = fields.done
	r.consume(to)
	record.End = r.offset

	return record, nil
}

func (r *Reader) broken(record Record, first int) Record {
	r.consume(first)
	record.Fault, record.End = BrokenQuotes, r.offset

	return record
}

// lineAt returns where the line ends that begins at from, both counted from
// the begin of the record: just behind its line break.
func (r *Reader) lineAt(from int) (int, error) {
	for searched := from; ; {
		if i := bytes.IndexByte(r.text(searched, r.end-r.start), '\n'); i >= 0 {
			end := searched + i + 1
			if end > MaxBytes {
				return 0, errTooLong
			}

			return end, nil
		}

		searched = r.end - r.start

		switch {
		case searched > MaxBytes:
			return 0, errTooLong
		case r.ended == nil:
			r.fill()
		case errors.Is(r.ended, io.EOF) && searched > from:
			return searched, nil // the last line has no line break
		default:
			return 0, r.ended
		}
	}
}

// skipLine consumes a line of any length, keeping nothing of it.
func (r *Reader) skipLine() {
	for {
		if i := bytes.IndexByte(r.window[r.start:r.end], '\n'); i >= 0 {
			r.consume(i + 1)
			return
		}

		r.consume(r.end - r.start)

		if r.ended != nil {
			return
		}

		r.fill()
	}
}

// fill reads once. There is room: nobody asks for more while a whole record is held.
func (r *Reader) fill() {
	if r.end == len(r.window) {
		r.end = copy(r.window, r.window[r.start:r.end])
		r.start = 0
	}

	for range maxEmptyReads {
		n, err := r.source.Read(r.window[r.end:])
		r.end += n
		r.ended = err

		if n > 0 || err != nil {
			return
		}
	}

	r.ended = io.ErrNoProgress
}

// pass consumes a blank line, which ends nothing.
func (r *Reader) pass(length int) {
	last := r.last
	r.consume(length)
	r.last = last
}

func (r *Reader) text(from, to int) []byte { return r.window[r.start+from : r.start+to] }

func (r *Reader) consume(n int) {
	if n > 0 {
		r.last = r.text(0, n)[n-1]
	}

	r.line += int64(bytes.Count(r.text(0, n), []byte{'\n'}))
	r.offset += int64(n)
	r.start += n
}
