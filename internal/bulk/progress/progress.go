// Package progress shows how far something has come: a bar on a terminal, now
// and then a line everywhere else.
package progress

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// How often something is shown.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 5 * time.Second
)

// Display shows progress. It is for one goroutine at a time.
type Display struct {
	view  view
	now   func() time.Time
	shown time.Time
	last  state
	stale bool // last has not been shown
}

// state is what is shown.
type state struct {
	done, total int64
	note        string
}

// view is one of the two ways to show it.
type view interface {
	every() time.Duration
	show(s state)
	close()
}

// New makes a display on w: a bar when w is a terminal that can be drawn over, else lines. The label is
// the word in front, such as "submitting". Errors of w are ignored: progress is
// for whoever happens to look.
func New(w io.Writer, label string, now func() time.Time) *Display {
	file, ok := terminal(w)
	if !ok {
		return NewLines(w, label, now)
	}

	return NewBar(w, label, now, func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 {
			return defaultWidth
		}

		return width
	})
}

// terminal returns the terminal that w is, if it is one on which something can be drawn over.
func terminal(w io.Writer) (*os.File, bool) {
	file, ok := w.(*os.File)

	return file, ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// NewBar makes a display on a terminal. The width, in columns, is asked before
// each drawing, as people resize their windows; the bar fits in 40.
func NewBar(w io.Writer, label string, now func() time.Time, width func() int) *Display {
	return &Display{view: &bar{w: w, label: label, width: width}, now: now}
}

// NewLines makes a display for logs and pipes. The first line comes after an
// interval: what is over sooner has its last line only.
func NewLines(w io.Writer, label string, now func() time.Time) *Display {
	return &Display{view: lines{w: w, label: label}, now: now, shown: now()}
}

// Update says that done of total is done; the note, such as "1200 rows", goes
// behind. It may be called often: most calls cost a look at the clock. A total of
// 0 means that it is not known.
func (d *Display) Update(done, total int64, note string) {
	d.last, d.stale = state{done: done, total: total, note: note}, true

	if now := d.now(); now.Sub(d.shown) >= d.view.every() {
		d.shown = now
		d.show()
	}
}

// Close shows the last update, if that has not been shown, and ends the line.
func (d *Display) Close() {
	if d.stale {
		d.show()
	}

	d.view.close()
}

func (d *Display) show() {
	d.view.show(d.last)
	d.stale = false
}

const hundred = 100

// percent is how much of the total is done.
func (s state) percent() int64 {
	if s.total <= 0 {
		return 0
	}

	return max(0, min(hundred, int64(float64(s.done)/float64(s.total)*hundred)))
}
