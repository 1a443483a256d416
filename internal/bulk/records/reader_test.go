package records_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

// all reads every record and leaves out where each has ended.
func all(t *testing.T, r *records.Reader) []records.Record {
	t.Helper()

	var found []records.Record

	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}

		require.NoError(t, err)

		record.End = 0
		found = append(found, record)
	}
}

func good(line int64, fields ...string) records.Record {
	return records.Record{Line: line, Fields: fields}
}

func bad(line int64, fault records.Fault, fields ...string) records.Record {
	return records.Record{Line: line, Fault: fault, Fields: fields}
}

func TestReader(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("x", records.MaxBytes)

	for name, c := range map[string]struct {
		in     string
		fields int
		want   []records.Record
	}{
		"nothing":                       {"", 0, nil},
		"lines without text":            {"\n\r\n\n", 0, nil},
		"one record":                    {"a,b\n", 2, []records.Record{good(1, "a", "b")}},
		"no break at the end":           {"a,b\nc,d", 2, []records.Record{good(1, "a", "b"), good(2, "c", "d")}},
		"CRLF":                          {"a,b\r\nc,d\r\n", 2, []records.Record{good(1, "a", "b"), good(2, "c", "d")}},
		"half a CRLF at the end":        {"a,b\r", 2, []records.Record{good(1, "a", "b")}},
		"passed-over lines are counted": {"\n\na\n\nb\n", 1, []records.Record{good(3, "a"), good(5, "b")}},
		"empty values":                  {",,a\n\"\",b,\"\"\n", 3, []records.Record{good(1, "", "", "a"), good(2, "", "b", "")}},
		"quotes":                        {`"a,b","say ""hi""",c` + "\n", 3, []records.Record{good(1, "a,b", `say "hi"`, "c")}},
		"a break inside quotes": {
			"a,\"1\r\n2\n\n3\"\nb,c\n", 2,
			[]records.Record{good(1, "a", "1\n2\n\n3"), good(5, "b", "c")},
		},
		"too few and too many fields": {
			"a\na,b\na,b,c\n", 2,
			[]records.Record{bad(1, records.FieldCount, "a"), good(2, "a", "b"), bad(3, records.FieldCount, "a", "b", "c")},
		},
		"a quote inside a value": {
			"a,5\" disk\nb,c\n", 2,
			[]records.Record{bad(1, records.BrokenQuotes), good(2, "b", "c")},
		},
		"blanks around quotes, and something behind": {
			"a , \t\"b,\" \n \"b\" ,c\na,\"b\" x\n", 2,
			[]records.Record{good(1, "a ", "b,"), good(2, "b", "c"), bad(3, records.BrokenQuotes)},
		},
		"formulas that are texts, and others": {
			"=\"1\",=(\"2\")\n=\"1,=\"2\"x\n", 2,
			[]records.Record{good(1, "=\"1\"", "=(\"2\")"), bad(2, records.BrokenQuotes)},
		},
		"lines of delimiters only": {
			",\na,b\n , \n\"\",\"\"\n,\n\n", 2,
			[]records.Record{good(2, "a", "b")},
		},
		"a blank before a quote": {
			"a, \"b\"\nb,c\n", 2,
			[]records.Record{good(1, "a", "b"), good(2, "b", "c")},
		},
		"text behind a closing quote": {
			"\"a\"x,b\nb,c\n", 2,
			[]records.Record{bad(1, records.BrokenQuotes), good(2, "b", "c")},
		},
		"a quote that is never closed": {
			"a,\"b\nc,d\ne,f\n", 2,
			[]records.Record{bad(1, records.BrokenQuotes), good(2, "c", "d"), good(3, "e", "f")},
		},
		"a quote closed by the next record's": {
			"a,\"b\n\"c\",d\ne,f\n", 2,
			[]records.Record{bad(1, records.BrokenQuotes), good(2, "c", "d"), good(3, "e", "f")},
		},
		"a quote that swallows a row": {
			"a,\"b\nc,d\ne,f\",g\nh,i\n", 2,
			[]records.Record{
				bad(1, records.BrokenQuotes), good(2, "c", "d"),
				bad(3, records.BrokenQuotes), good(4, "h", "i"),
			},
		},
		"a record of the longest length": {long[:records.MaxBytes-1] + "\nb\n", 1, []records.Record{
			good(1, long[:records.MaxBytes-1]), good(2, "b"),
		}},
		"a line one byte longer": {long + "\nb\n", 1, []records.Record{bad(1, records.TooLong), good(2, "b")}},
		"a long line at the end": {"b\n" + long + long, 1, []records.Record{good(1, "b"), bad(2, records.TooLong)}},
		"a long line inside quotes": {
			"a,\"b\n" + long + "\nc,d\n", 2,
			[]records.Record{bad(1, records.BrokenQuotes), bad(2, records.TooLong), good(3, "c", "d")},
		},
		"quoted text past the limit": {
			"a,\"" + strings.Repeat("b\n", records.MaxBytes/2) + "\"\nc,d\n", 0,
			append(append([]records.Record{bad(1, records.BrokenQuotes)}, lines(2, records.MaxBytes/2)...),
				bad(records.MaxBytes/2+1, records.BrokenQuotes), good(records.MaxBytes/2+2, "c", "d")),
		},
	} {
		for how, source := range map[string]func(io.Reader) io.Reader{
			"at once":       func(r io.Reader) io.Reader { return r },
			"byte by byte":  iotest.OneByteReader,
			"end with data": iotest.DataErrReader,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()

				r := records.NewReader(source(strings.NewReader(c.in)))
				r.ExpectFields(c.fields)
				require.Equal(t, c.want, all(t, r))
			})
		}
	}
}

// lines are records with one value, b, each on its line.
func lines(from, to int64) []records.Record {
	var made []records.Record
	for line := from; line <= to; line++ {
		made = append(made, good(line, "b"))
	}

	return made
}

func TestEndIsWhereTheRecordHasEnded(t *testing.T) {
	t.Parallel()

	r := records.NewReader(strings.NewReader("a\n\n\"b\nc\"\r\nd"))

	for _, want := range []int64{2, 10, 11} {
		record, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, want, record.End)
	}
}

func TestASourceThatFailsIsReported(t *testing.T) {
	t.Parallel()

	broken := errors.New("disk on fire")

	for name, in := range map[string]string{
		"between records": "a,b\n",
		"inside a record": "a,b\nc",
		"inside quotes":   "a,b\nc,\"d\n",
		"in a long line":  "a,b\n" + strings.Repeat("x", 2*records.MaxBytes),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := records.NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)))

			record, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, record.Fields)

			if record, err = r.Next(); err == nil {
				require.Equal(t, records.TooLong, record.Fault)
				_, err = r.Next()
			}

			require.ErrorIs(t, err, broken, "what came before it is no whole record")
		})
	}
}

func TestASourceThatNeverDeliversIsGivenUp(t *testing.T) {
	t.Parallel()

	_, err := records.NewReader(idle{}).Next()
	require.ErrorIs(t, err, io.ErrNoProgress)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
