package records_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

func TestDelimitersAhead(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, want string }{
		"nothing":                        {"", ""},
		"empty lines before":             {"\n\r\n\na;b\nc,d\n", ";"},
		"commas":                         {"a,b,c\n1;2;3\n", ","},
		"tabs":                           {"a\tb", "\t"},
		"bars":                           {"a|b", "|"},
		"one column":                     {"pan\n1,2\n", ""},
		"two kinds":                      {"a;b,c", ",;"},
		"another kind inside quotes":     {`"a,b";"c|d"`, ";"},
		"quotes inside quotes":           {`"a "","" b";c`, ";"},
		"a line that is too long":        {strings.Repeat("x,", records.MaxBytes), ""},
		"quotes that are not closed":     {"\"a,b\nc;d", ""},
		"a delimiter behind a long line": {strings.Repeat("x", records.MaxBytes-3) + ",y", ","},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := records.NewReader(iotest.OneByteReader(strings.NewReader(c.text)))
			found, err := r.DelimitersAhead()
			require.NoError(t, err)
			require.Equal(t, c.want, string(found))

			again, err := r.DelimitersAhead()
			require.NoError(t, err)
			require.Equal(t, found, again, "nothing was consumed")
		})
	}
}

func TestDelimitersAheadOfASourceThatFails(t *testing.T) {
	t.Parallel()

	broken := errors.New("disk on fire")
	_, err := records.NewReader(iotest.ErrReader(broken)).DelimitersAhead()
	require.ErrorIs(t, err, broken)
}

func TestAnotherDelimiter(t *testing.T) {
	t.Parallel()

	r := records.NewReader(strings.NewReader("a;\"b;c\";d,e\n\"f\";g;h\n"))
	r.Separate(';')
	r.ExpectFields(3)
	require.Equal(t, []records.Record{good(1, "a", "b;c", "d,e"), good(2, "f", "g", "h")}, all(t, r))
}

func TestNextLineTakesLinesAsTheyAre(t *testing.T) {
	t.Parallel()

	r := records.NewReader(strings.NewReader("{\"a\":\"b,c\"}\r\n\n\"\n" + strings.Repeat("x", records.MaxBytes+1) + "\nlast"))

	for _, want := range []records.Record{good(1, `{"a":"b,c"}`), good(3, `"`), bad(4, records.TooLong), good(5, "last")} {
		record, err := r.NextLine()
		require.NoError(t, err)
		require.Positive(t, record.End)

		record.End = 0
		require.Equal(t, want, record)
	}
}

// Whatever the text, a delimiter that is found is there, and one that is found in a header separates it.
func FuzzDelimitersAhead(f *testing.F) {
	for _, seed := range []string{"a;b\n", "\"a,b\";c", "a\tb|c\n", "\n\n,", "\"\n;\"", "x"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		r := records.NewReader(strings.NewReader(text))
		found, err := r.DelimitersAhead()
		require.NoError(t, err)

		if len(found) != 1 {
			return
		}

		require.Contains(t, text, string(found))
		r.Separate(found[0])

		record, err := r.Next()
		require.NoError(t, err)

		if record.Fault == records.None {
			require.Greater(t, len(record.Fields), 1)
		}
	})
}
