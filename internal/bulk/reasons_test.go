package bulk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/inspect"
	"enroll.example/clicktopay/internal/bulk/rejects"
)

// What is wrong is told by column and reason, with the first lines, however a file is looked at.
func TestReasons(t *testing.T) {
	t.Parallel()

	text := header + "\n" + row + "\n" +
		strings.Repeat(strings.Replace(row, ",12,", ",13,", 1)+"\n", 4) + // 3 to 6
		strings.Replace(row, ",12,2029", ",0,29", 1) + "\n" + // 7
		row + "\n" + row + "\n" + // 8, 9
		"x,y\n" // 10

	month := rejects.Reason{Code: "INVALID_FIELD", Column: "exp_month", Text: "must be a month from 1 to 12", Rows: 5, Lines: []int64{3, 4, 5}}
	year := rejects.Reason{
		Code: "INVALID_FIELD", Column: "exp_year", Text: "must be a year in four digits, such as 2029", Rows: 1, Lines: []int64{7},
	}
	again := rejects.Reason{Code: "DUPLICATE", Text: "has the card and the consumer of an earlier row", Rows: 2, Lines: []int64{8, 9}}
	count := rejects.Reason{
		Code: "FIELD_COUNT", Text: "the row has 2 fields, the header has 4; it was cut, or is no row, as a line at the end with a count: see --trailer", Rows: 1, Lines: []int64{10},
	}

	found, err := bulk.Check(t.Context(), source(text), options(t))
	require.NoError(t, err)
	require.Equal(t, []rejects.Reason{again, count, month, year}, found.Reasons)
	require.Equal(t, map[string]int64{"INVALID_FIELD": 5, "DUPLICATE": 2, "FIELD_COUNT": 1}, found.ByCode)

	summary, _, _ := submit(t, text, options(t))
	require.Equal(t, found.Reasons, summary.Reasons)

	inspected, err := inspect.Run(t.Context(), source(text), cardfile.Input{}, today())
	require.NoError(t, err)
	require.Equal(t, []rejects.Reason{count, month}, inspected.Reasons, "which looks for no duplicates, and converts years")

	piped, err := bulk.Check(t.Context(), pipe(text), options(t))
	require.NoError(t, err)
	require.Equal(t, found.Reasons, piped.Reasons)
}

// A check says what the sending would come to.
func TestACheckSaysThatTheSendingWouldBeRefused(t *testing.T) {
	t.Parallel()

	text := header + "\n" + row + "\n" + strings.Repeat("x\n", 2)

	for name, c := range map[string]struct {
		source cardfile.Source
		least  float64
		strict bool
		want   string
	}{
		"too many":                    {source(text), 50, false, "2 of 3 rows are rejected, more than the 50 percent that are allowed (--max-rejects)"},
		"not too many":                {source(text), 30, false, ""},
		"any number":                  {source(text), 0, false, ""},
		"a pipe":                      {pipe(text), 50, false, ""},
		"a pipe whose end is seen to": {pipe(text), 50, true, "2 of 3 rows are rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			o.MinGood, o.Ending.Strict = c.least, c.strict

			found, err := bulk.Check(t.Context(), c.source, o)
			require.NoError(t, err)
			require.Contains(t, found.Refused, c.want)
			require.Equal(t, c.want == "", found.Refused == "")
		})
	}
}
