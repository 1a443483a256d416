package trailer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/trailer"
)

const none = -1

func TestRows(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		pattern, line string
		want          int64
	}{
		"a count behind a delimiter":              {"T;{rows}", "T;12", 12},
		"leading zeros":                           {"T;{rows}", "T;000000012", 12},
		"many leading zeros":                      {"T;{rows}", "T;00000000000000000012", 12},
		"blanks around the count":                 {"TRL|{rows}|*", "TRL|   12  |20261126", 12},
		"empty columns behind it":                 {"T;{rows}", "T;12;;;;", 12},
		"quotes":                                  {"T,{rows}", `"T","12"`, 12},
		"quotes and empty columns":                {"T,{rows}", `"T","12",,`, 12},
		"a date before the count":                 {"TRL|*|{rows}", "TRL|20261126|12", 12},
		"a date behind the count":                 {"9;{rows};*", "9;12;20261126", 12},
		"any text around it":                      {"*count={rows}*", "# end, count=12, sum=77", 12},
		"a count that has the trailer in it":      {"T;{rows+1}", "T;13", 12},
		"a count that has both in it":             {"T;{rows+2}", "T;14", 12},
		"fixed places":                            {"99{rows}", "9900000012", 12},
		"a JSON object":                           {`{"type":"trailer","count":{rows}}`, `{"type":"trailer","count":12}`, 12},
		"no rows":                                 {"T;{rows}", "T;0", 0},
		"characters that mean something":          {"T.(1)+;{rows}", "T.(1)+;12", 12},
		"only the begin":                          {"T", "T;12", 12},
		"only the begin of a longer word":         {"T", "TRAILER 12", 12},
		"only the begin, and more numbers":        {"TRL", "TRL|12|20261126", 12},
		"only the begin, in fixed places":         {"99", "9900000012", 12},
		"another begin":                           {"T;{rows}", "X;12", none},
		"a row that begins like it":               {"T;{rows}", "T;ana@example.com;12", none},
		"something behind it":                     {"T;{rows}", "T;12;x", none},
		"no number":                               {"T", "T;;", none},
		"a number as long as a card's":            {"T", "T;5204731600014784", none},
		"a count as long as a card's":             {"T;{rows}", "T;5204731600014784", none},
		"a dot is a dot":                          {"T.{rows}", "T;12", none},
		"a negative count of one without a row":   {"T;{rows+2}", "T;1", none},
		"a thousands separator is not guessed at": {"T;{rows}", "T;1.200", none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			form, err := trailer.Parse(c.pattern)
			require.NoError(t, err)
			require.Equal(t, c.pattern, form.String())

			rows, is := form.Rows(c.line)
			require.Equal(t, c.want != none || c.line == "T;1", is)

			if is {
				require.Equal(t, c.want, rows)
			}
		})
	}
}

func TestNoForm(t *testing.T) {
	t.Parallel()

	for pattern, want := range map[string]string{
		"":                "is empty",
		"  ":              "is empty",
		"T;{count}":       "{count} is not known; known are {rows}",
		"{rows};{rows+1}": "more than one {rows}",
	} {
		_, err := trailer.Parse(pattern)
		require.ErrorContains(t, err, want, pattern)
	}

	var form *trailer.Form

	_, is := form.Rows("T;1")
	require.False(t, is)
	require.Empty(t, form.String())
}

// Any pattern either is refused or makes a form, and any line has an answer.
func FuzzRows(f *testing.F) {
	f.Add("T;{rows}", "T;12")
	f.Add("*{rows+1}*", "12")
	f.Add("\\E{rows}(", "")

	f.Fuzz(func(t *testing.T, pattern, line string) {
		form, err := trailer.Parse(pattern)
		if err != nil {
			return
		}

		rows, is := form.Rows(line)
		require.True(t, is || rows == 0)
	})
}
