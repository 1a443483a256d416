package progress

import (
	"fmt"
	"io"
	"time"
)

// lines are progress for a log.
type lines struct {
	w     io.Writer
	label string
}

func (lines) every() time.Duration { return lineEvery }

func (l lines) show(s state) {
	text := l.label + ":"
	if s.total > 0 {
		text += fmt.Sprintf(" %d%%", s.percent())
	}

	if s.note != "" {
		text += " " + s.note
	}

	_, _ = fmt.Fprintln(l.w, text)
}

func (lines) close() {}
