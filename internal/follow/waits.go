package follow

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/lost"
)

// readerGone is after what time without a word from the reader of a file it seems to have stopped.
const readerGone = 15 * time.Second

// Notes say what the batch waits for, what keeps its jobs from being sent first, and what cannot be told.
func (s State) Notes() []string {
	var notes []string

	if s.LedgerErr != nil {
		notes = append(notes, "waiting for the database (--database-url), which does not answer: "+s.LedgerErr.Error())
	}

	if s.FleetErr != nil {
		notes = append(notes, "the queue does not answer, trying again: "+s.FleetErr.Error())
	}

	if !s.Done() && s.FleetErr == nil && s.Fleet != nil {
		notes = append(notes, s.blocked()...)
	}

	batch := s.Progress.Batch

	if s.Lost > 0 {
		notes = append(notes, lost.Note(s.Lost, batch))
	}

	switch {
	case !batch.Canceled.At.IsZero() && !s.Done():
		notes = append(notes, "canceled "+batch.Canceled.String()+"; what is left ends as canceled when a worker takes it")
	case !batch.Canceled.At.IsZero():
		notes = append(notes, "canceled "+batch.Canceled.String())
	case !s.ofFile() && s.Expect == 0 && s.known():
		notes = append(notes, s.totalNotKnown())
	case !s.Read() && s.LedgerErr == nil && s.At.Sub(s.ReadAt) >= readerGone:
		notes = append(notes, "the reader of the file seems to have stopped: submit the file again, under the same batch")
	}

	for i, note := range notes {
		notes[i] = printable(note)
	}

	return notes
}

// totalNotKnown says what can be told of a batch that only messages name, and how to be told more.
func (s State) totalNotKnown() string {
	if s.Done() {
		return fmt.Sprintf("named by messages: the %d jobs that workers have seen are settled, and no other came for %s; "+
			"whether more are on the queue is not known (submit watch %s --total N waits for N)",
			s.Progress.Seen(), quietAfter, s.Progress.Batch.ID)
	}

	return fmt.Sprintf("named by messages: how many jobs there will be is not known; this ends when those that workers have "+
		"seen are settled and no other has come for %s (--total N waits for N)", quietAfter)
}

// printable makes a text that others wrote fit for one line of a terminal.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}
