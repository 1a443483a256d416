package progress_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/progress"
)

// terminal is what a person sees: the few commands that a screen uses, on lines that wrap.
type terminal struct {
	width, height int
	lines         []string // what was written to each line, which may take several rows
	at            int
}

var command = regexp.MustCompile(`^\x1b\[(\d*)([AKJ])`)

func (s *terminal) Write(p []byte) (int, error) {
	for text := string(p); text != ""; {
		switch found := command.FindStringSubmatch(text); {
		case found != nil && found[2] == "A":
			up := 0
			_, _ = fmt.Sscan(found[1], &up)

			for up > 0 && s.at > 0 {
				s.at--
				up -= max(1, (len([]rune(s.lines[s.at]))+s.width-1)/s.width)
			}

			text = text[len(found[0]):]
		case found != nil && found[2] == "J":
			s.lines = s.lines[:min(s.at, len(s.lines))]
			text = text[len(found[0]):]
		case text[0] == '\r':
			if strings.HasPrefix(text[1:], "\x1b[J") {
				text = text[1:]
				continue
			}

			line, rest, _ := strings.Cut(text[1:], "\n")
			line = strings.TrimSuffix(line, "\x1b[K")

			if s.at == len(s.lines) {
				s.lines = append(s.lines, "")
			}

			s.lines[s.at] = line
			s.at++
			text = rest
		default:
			return 0, io.ErrUnexpectedEOF
		}
	}

	return len(p), nil
}

func TestAScreenIsDrawnInPlace(t *testing.T) {
	t.Parallel()

	term := &terminal{width: 40, height: 10}
	screen := progress.NewScreen(term, func() (int, int) { return term.width, term.height })
	long := strings.Repeat("x", 100)

	for name, c := range []struct {
		width, height int
		lines         []string
		want          []string
	}{
		{40, 10, []string{"one", long, "three"}, []string{"one", long[:39], "three"}},
		{40, 10, []string{"only"}, []string{"only"}},
		{40, 10, []string{"a", long, "c"}, []string{"a", long[:39], "c"}},
		{20, 10, []string{"narrow", long, "c"}, []string{"narrow", long[:19], "c"}},
		{80, 10, []string{"wide", long}, []string{"wide", long[:79]}},
		{80, 3, []string{"low", "two", "no room"}, []string{"low", "two"}},
		{80, 10, []string{"строк", "ends"}, []string{"строк", "ends"}},
	} {
		term.width, term.height = c.width, c.height
		screen.Draw(func(width int) []string {
			require.Equal(t, c.width-1, width)
			return c.lines
		})
		require.Equal(t, c.want, term.lines, name)
	}
}

func TestAFileIsNoScreen(t *testing.T) {
	t.Parallel()

	_, ok := progress.Terminal(&bytes.Buffer{})
	require.False(t, ok)
}
