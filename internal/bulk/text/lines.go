package text

import (
	"bufio"
	"bytes"
	"io"
)

// lineEnds reads a text whose lines end in CR, as old Macs and some exports write them, as one whose
// lines end in LF. Others it leaves as they are. No byte comes in or goes, so that offsets stay what they are.
type lineEnds struct {
	source *bufio.Reader
	kind   lineEnd
}

type lineEnd uint8

const (
	unknown lineEnd = iota // no line has ended yet
	other                  // LF or CRLF
	bareCR
)

// Read reads from the source, and at the first line end finds out of which kind they are.
func (l *lineEnds) Read(p []byte) (int, error) {
	n, err := l.source.Read(p)
	read := p[:n]

	if l.kind == unknown {
		l.kind = l.kindIn(read)
	}

	if l.kind == bareCR {
		l.change(read)
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}

// near is how far behind the first CR an LF says that it was none of a line.
const near = 16 << 10

// kindIn looks at the first line end of what was read. A CR counts as one where no LF is near, however much is read at a time.
func (l *lineEnds) kindIn(read []byte) lineEnd {
	i := bytes.IndexAny(read, "\r\n")
	if i < 0 {
		return unknown
	}

	behind := read[i:min(i+near, len(read))]
	ahead, _ := l.source.Peek(near - len(behind))

	if bytes.IndexByte(behind, '\n') >= 0 || bytes.IndexByte(ahead, '\n') >= 0 {
		return other
	}

	return bareCR
}

// change makes LF of each CR behind which there is none: a text may end its lines in CRLF from somewhere on.
func (l *lineEnds) change(read []byte) {
	for at := 0; ; {
		i := bytes.IndexByte(read[at:], '\r')
		if i < 0 {
			return
		}

		at += i + 1

		var next []byte
		if at < len(read) {
			next = read[at : at+1]
		} else {
			next, _ = l.source.Peek(1)
		}

		if string(next) != "\n" {
			read[at-1] = '\n'
		}
	}
}

// EndsInCR reports whether the lines were found to end in CR alone.
func (t *Text) EndsInCR() bool { return t.lines.kind == bareCR }

// Rest reads the rest of the text, which is given as it is in the source, as the text itself would.
func (t *Text) Rest(source io.Reader) io.Reader {
	return &lineEnds{source: bufio.NewReaderSize(source, bufferBytes), kind: t.lines.kind}
}
