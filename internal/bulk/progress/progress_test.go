package progress_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/progress"
)

// clock stands still until it is moved.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func (c *clock) move(d time.Duration) { c.Time = c.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)} }

func TestLinesComeEveryFewSeconds(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	c := newClock()
	d := progress.NewLines(&out, "submitting", c.now)

	for second := range int64(12) {
		d.Update(second*10, 120, "so many rows")
		c.move(time.Second)
	}

	require.Equal(t, "submitting: 41% so many rows\nsubmitting: 83% so many rows\n", out.String())

	d.Update(120, 120, "all rows")
	d.Close()
	require.Equal(t, "submitting: 100% all rows\n", strings.SplitAfterN(out.String(), "\n", 3)[2])
}

func TestLinesSayNothingTwice(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	c := newClock()
	d := progress.NewLines(&out, "submitting", c.now)
	d.Close()
	require.Empty(t, out.String(), "nothing to say")

	c.move(time.Minute)
	d.Update(7, 0, "7 rows")
	d.Close()
	require.Equal(t, "submitting: 7 rows\n", out.String())
}

func TestABarFitsTheTerminal(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		width       int
		done, total int64
		note        string
		want        string
	}{
		"begin":            {60, 0, 600, "0 rows", "   0% |           |  submitting 0 rows"},
		"half":             {60, 300, 600, "300 rows", "  50% |█████      |  submitting 300 rows"},
		"almost":           {60, 599, 600, "599 rows", "  99% |██████████ |  submitting 599 rows"},
		"done":             {60, 600, 600, "600 rows", " 100% |███████████|  submitting 600 rows"},
		"more than all":    {60, 700, 600, "700 rows", " 100% |███████████|  submitting 700 rows"},
		"narrow":           {40, 300, 600, "1234567 rows, 12345 rejected", "  50% |███    |  submitting 1234567 ro"},
		"too narrow":       {10, 300, 600, "300 rows", "  50% |██  |"},
		"an unknown total": {60, 300, 0, "300 rows", "submitting 300 rows"},
		"without a note":   {60, 300, 600, "", "  50% |█████      |  submitting"},
		"other alphabets":  {40, 300, 600, "строк много и ещё больше", "  50% |███    |  submitting строк мног"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer

			d := progress.NewBar(&out, "submitting", newClock().now, func() int { return c.width })
			d.Update(c.done, c.total, c.note)
			d.Close()

			line := strings.NewReplacer("\r", "", "\x1b[K", "", "\x1b[0K", "", "\n", "").Replace(out.String())
			require.Equal(t, c.want, strings.TrimRight(line, " "))
			require.True(t, strings.HasSuffix(out.String(), "\n"))

			if c.width >= 40 {
				require.Less(t, utf8.RuneCountInString(line), c.width)
			}
		})
	}
}

func TestABarIsDrawnTenTimesASecond(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	c := newClock()
	d := progress.NewBar(&out, "x", c.now, func() int { return 80 })

	for done := range int64(100) {
		d.Update(done, 1000, "")
		c.move(10 * time.Millisecond)
	}

	d.Update(1000, 1000, "")
	require.Equal(t, 11, strings.Count(out.String(), "\r"), out.String())

	d.Close()
	require.Equal(t, 11, strings.Count(out.String(), "\r"), "the last one has been shown")
}

func TestAFileIsNoTerminal(t *testing.T) {
	t.Parallel()

	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)

	d := progress.New(file, "submitting", newClock().now)
	d.Update(1, 2, "1 row")
	d.Close()
	require.NoError(t, file.Close())

	text, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Equal(t, "submitting: 50% 1 row\n", string(text))
}
