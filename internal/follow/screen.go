package follow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/pkg/store"
)

// Screen shows states on a terminal, in place.
type Screen struct{ terminal *progress.Screen }

// OnScreen shows states on a terminal.
func OnScreen(terminal *progress.Screen) Screen { return Screen{terminal} }

// Show draws a state.
func (v Screen) Show(s State) { v.terminal.Draw(s.frame) }

const (
	topCodes   = 5
	noteLines  = 3
	barPercent = 6 // "  100%"
	hundred    = 100
)

// frame is what is shown, for a width. Every line but the notes makes sense within 39 columns.
func (s State) frame(width int) []string {
	batch, by := s.Progress.Batch, s.Progress.ByStatus

	title := cmp.Or(batch.ID, s.Name)
	if s.ofFile() {
		title += "  " + printable(batch.Source) + ", program " + batch.Program
	}

	lines := []string{title}

	if s.ofFile() {
		read := ""
		if !s.Read() {
			read = " so far"
		}

		lines = append(lines, s.bar(width),
			fmt.Sprintf("rows %d%s, rejected %d", batch.RowsRead, read, batch.RowsRejected),
			fmt.Sprintf("published %d, queued %d", batch.RowsPublished+batch.RowsDuplicate, s.Queued()))
	}

	lines = append(lines,
		fmt.Sprintf("in flight %d, %sto be retried %d",
			by[store.StatusInProgress], s.submitted(), by[store.StatusRetrying]+by[store.StatusPending]),
		fmt.Sprintf("settled %d", s.Progress.Settled()), s.speed())

	for _, status := range slices.Sorted(maps.Keys(by)) {
		if status.Settled() && by[status] > 0 {
			lines = append(lines, fmt.Sprintf("%8d  %s", by[status], status))
		}
	}

	lines = append(lines, s.topCodes()...)

	for _, note := range s.Notes() {
		lines = append(lines, wrap("! "+note, width, noteLines)...)
	}

	return lines
}

func (s State) bar(width int) string {
	cells := max(width-barPercent, 1)
	share := s.share()
	full := int(share * float64(cells))

	return strings.Repeat("█", full) + strings.Repeat("░", cells-full) + fmt.Sprintf("%5d%%", int(share*hundred))
}

// share is how much of the rows read so far is settled.
func (s State) share() float64 {
	total := s.Total()

	switch {
	case s.Done():
		return 1
	case total <= 0:
		return 0
	default:
		return min(float64(s.Progress.Settled())/float64(total), 1)
	}
}

func (s State) speed() string {
	if s.LedgerErr != nil {
		return "pace not known"
	}

	speed := fmt.Sprintf("%.0f a second", s.Rate)
	if left := s.Left(); left > 0 {
		speed += ", " + left.String() + " left"
	}

	return speed
}

// topCodes are the most frequent codes of jobs that did not go well.
func (s State) topCodes() []string {
	var lines []string

	for _, code := range s.Codes {
		if len(lines) == topCodes {
			break
		}

		if name := codeName(code); name != "" && code.Status != store.StatusAlreadyEnrolled {
			lines = append(lines, fmt.Sprintf("%8d  %s", code.Count, name))
		}
	}

	if len(lines) == 0 {
		return nil
	}

	return append([]string{"top error codes"}, lines...)
}

// codeName is the more exact of a code's names, as the column is narrow.
func codeName(c store.CodeCount) string {
	if c.Detail != "" {
		return c.Detail
	}

	return c.Reason
}

// wrap breaks a text between words into at most so many lines.
func wrap(text string, width, most int) []string {
	var lines []string

	line := ""

	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = "  " + word
		}
	}

	lines = append(lines, line)

	return lines[:min(len(lines), most)]
}
