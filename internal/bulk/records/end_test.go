package records_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

func TestWhatEndsTheStreamIsNoRecord(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		in    string
		want  []records.Record
		ended int64
	}{
		"a last line":              {"a\nT1\n", []records.Record{good(1, "a")}, 2},
		"without a line break":     {"a\nT1", []records.Record{good(1, "a")}, 2},
		"blank lines behind it":    {"a\nT1\r\n\r\n\n", []records.Record{good(1, "a")}, 2},
		"rows of delimiters":       {"a\nT1\n,,,\n, ,\"\",\n", []records.Record{good(1, "a")}, 2},
		"none":                     {"a\nb\n", []records.Record{good(1, "a"), good(2, "b")}, 0},
		"one that is not the last": {"a\nT1\nb\n", []records.Record{good(1, "a"), good(2, "T1"), good(3, "b")}, 0},
		"two":                      {"a\nT1\nT2\n", []records.Record{good(1, "a"), good(2, "T1")}, 3},
		"behind a quote that is not closed": {
			"\"a\nT1\n", []records.Record{bad(1, records.BrokenQuotes)}, 2,
		},
		"inside quotes": {"\"a\nT1\n\"\n", []records.Record{good(1, "a\nT1\n")}, 0},
		"a line behind it that is too long": {
			"T1\n" + strings.Repeat("x", 2*records.MaxBytes),
			[]records.Record{good(1, "T1"), bad(2, records.TooLong)}, 0,
		},
		"nothing else": {"T1\n", nil, 1},
	} {
		for how, source := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()

				r := records.NewReader(source(strings.NewReader(c.in)))
				r.EndsWith(func(line []byte) bool { return bytes.HasPrefix(line, []byte("T")) })
				require.Equal(t, c.want, all(t, r))
				require.Equal(t, c.ended, r.EndedOn())
			})
		}
	}
}

func TestALastLineWithoutItsEnd(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		in   string
		line int64
	}{
		"LF":                      {"a\nb\n", 0},
		"CRLF":                    {"a\r\nb\r\n", 0},
		"half a CRLF":             {"a\r\nb\r", 0},
		"nothing":                 {"", 0},
		"only blank lines":        {"\n\n", 0},
		"no end":                  {"a\nb", 2},
		"no end behind a blank":   {"a\n\nb", 3},
		"a single line":           {"a", 1},
		"a closed quote":          {"a\n\"b\nc\"", 3},
		"a quote that is open":    {"a\n\"b\nc", 3},
		"a line that is too long": {"a\n" + strings.Repeat("x", 5*records.MaxBytes), 2},
	} {
		for how, source := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()

				r := records.NewReader(source(strings.NewReader(c.in)))
				_ = all(t, r)

				line, is := r.Unended()
				require.Equal(t, c.line > 0, is)

				if is {
					require.Equal(t, c.line, line)
				}
			})
		}
	}
}
