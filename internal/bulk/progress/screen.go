package progress

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen shows some lines on a terminal, again and again in the same place. It is
// for one goroutine at a time.
type Screen struct {
	w     io.Writer
	size  func() (width, height int)
	drawn []int // widths of the lines that are there
	width int   // of the terminal then
}

const (
	defaultHeight = 24
	moveUp        = "\x1b[%dA"
	eraseBelow    = "\x1b[J"
)

// Terminal returns a screen on w if that is a terminal, and not one that TERM calls dumb.
func Terminal(w io.Writer) (*Screen, bool) {
	file, ok := terminal(w)
	if !ok {
		return nil, false
	}

	return NewScreen(w, func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return defaultWidth, defaultHeight
		}

		return width, height
	}), true
}

// NewScreen makes a screen. Its size, in columns and rows, is asked before each drawing.
func NewScreen(w io.Writer, size func() (width, height int)) *Screen {
	return &Screen{w: w, size: size}
}

// Draw shows the lines that render makes for a width, instead of those of the
// time before. Lines that are longer, and lines for which there is no room, are
// cut off. All is written at once, over what is there, so that nothing flickers.
func (s *Screen) Draw(render func(width int) []string) {
	width, height := s.size()
	lines := render(width - 1) // a terminal goes to the next line when the last column is written
	lines = lines[:min(len(lines), max(height-1, 1))]

	var frame strings.Builder

	if up := min(s.rows(width), height-1); up > 0 {
		fmt.Fprintf(&frame, moveUp, up)
	}

	if width != s.width { // what has been wrapped anew is not written over, but taken away
		frame.WriteString("\r" + eraseBelow)
	}

	s.width, s.drawn = width, s.drawn[:0]

	for _, line := range lines {
		line = fit(line, width-1)
		s.drawn = append(s.drawn, utf8.RuneCountInString(line))

		frame.WriteString("\r" + line + eraseTheRest + "\n")
	}

	frame.WriteString(eraseBelow)

	_, _ = io.WriteString(s.w, frame.String())
}

// rows is how many rows the lines take that are there: more than they were when the terminal has become narrower since.
func (s *Screen) rows(width int) int {
	rows := 0
	for _, drawn := range s.drawn {
		rows += max(1, (drawn+width-1)/max(width, 1))
	}

	return rows
}
