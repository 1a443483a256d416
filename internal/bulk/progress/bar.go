package progress

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
)

const (
	defaultWidth  = 80
	narrowestBar  = 4
	frame         = len("   0% ||   ") // what stands around the bar and the text
	eraseTheRest  = "\x1b[K"
	partOfTheLine = 5 // the bar takes a fifth
)

// bar is progress for a terminal: one line, drawn over and over. Each drawing is
// a bar of its own, so that the library keeps no clock and sees no change of width.
type bar struct {
	w     io.Writer
	label string
	width func() int
	drawn bool
}

func (*bar) every() time.Duration { return redrawEvery }

func (b *bar) show(s state) {
	width := b.width() - 1 // a terminal goes to the next line when the last column is written
	text := strings.TrimSpace(b.label + " " + s.note)
	line := "\r" + fit(text, width) + eraseTheRest

	if s.total > 0 {
		line = draw(s.percent(), max(narrowestBar, width/partOfTheLine), text, width)
	}

	b.drawn = true
	_, _ = io.WriteString(b.w, line)
}

func (b *bar) close() {
	if b.drawn {
		_, _ = io.WriteString(b.w, "\n")
	}
}

func draw(percent int64, cells int, text string, width int) string {
	var line bytes.Buffer

	drawing := progressbar.NewOptions64(hundred,
		progressbar.OptionSetWriter(&line),
		progressbar.OptionSetWidth(cells),
		progressbar.OptionSetDescription(fit(text, width-cells-frame)),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: " ", BarStart: "|", BarEnd: "|"}),
	)

	// Writing to a buffer does not fail.
	if percent == 0 {
		_ = drawing.RenderBlank() // the library draws nothing when nothing has changed
	} else {
		_ = drawing.Set64(percent)
	}

	return line.String()
}

// fit cuts a text to a width.
func fit(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}

	return string([]rune(text)[:max(width, 0)])
}
