package layout_test

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/layout"
)

func TestWrapBreaksBetweenWords(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text  string
		width int
		want  string
	}{
		"any width":                {"one two three", 0, "one two three"},
		"it fits":                  {"one two three\n", 13, "one two three\n"},
		"it does not fit":          {"one two three four", 12, "one two\n  three four"},
		"behind a count":           {"      12  jobs taken by workers", 24, "      12  jobs taken by\n          workers"},
		"blanks in it":             {"a  b   cccccccc dd", 10, "a  b\n  cccccccc\n  dd"},
		"a word that is too long":  {"see /a/very/long/path/to/a/file now", 12, "see\n  /a/very/long/path/to/a/file\n  now"},
		"each line by itself":      {"one two three\nfour", 10, "one two\n  three\nfour"},
		"letters, and not bytes":   {"été île thé", 7, "été île\n  thé"},
		"an indent stays":          {"    one two three", 12, "    one two\n      three"},
		"a line with nothing else": {"", 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, layout.Wrap(c.text, c.width))
		})
	}
}

func TestATableThatDoesNotFitIsParagraphs(t *testing.T) {
	t.Parallel()

	header := []string{"BATCH", "PROGRAM", "ROWS", "STATE"}
	rows := [][]string{{"cards-2026-11-26", "gold", "1000", "canceled"}, {"b", "-", "3", "4 left"}}

	const full = "BATCH             PROGRAM  ROWS  STATE\n" +
		"cards-2026-11-26  gold     1000  canceled\n" +
		"b                 -        3     4 left\n"

	require.Equal(t, full, layout.Table(0, header, rows))
	require.Equal(t, full, layout.Table(41, header, rows))
	require.Equal(t, "cards-2026-11-26: canceled\n  program gold, rows 1000\nb: 4 left\n  rows 3\n", layout.Table(40, header, rows))
	require.Equal(t, "cards-2026-11-26:\n  canceled\n  program gold, rows\n  1000\nb: 4 left\n  rows 3\n", layout.Table(20, header, rows))
}

func TestColumnsSaysTheWidthWhereThereIsNoTerminal(t *testing.T) {
	t.Setenv("COLUMNS", "")
	require.Zero(t, layout.Width(io.Discard))

	for columns, want := range map[string]int{"80": 80, "3": 20, "-1": 0, "wide": 0} {
		t.Setenv("COLUMNS", columns)
		require.Equal(t, want, layout.Width(io.Discard), columns)
	}
}

// No word is lost or changed, and no line is wider than it has to be.
func FuzzWrap(f *testing.F) {
	f.Add("      12  jobs taken by workers, or handed back for a moment\n\nélan  x", 30)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if width > 1000 || !utf8.ValidString(text) {
			t.Skip("no terminal is as wide, and others make texts printable first")
		}

		wrapped := layout.Wrap(text, width)
		require.Equal(t, strings.Fields(text), strings.Fields(wrapped))

		for line := range strings.SplitSeq(wrapped, "\n") {
			if width > 0 && utf8.RuneCountInString(strings.TrimRight(line, " ")) > width {
				require.NotContains(t, strings.Trim(line, " "), " ", "%q", line)
			}
		}
	})
}
