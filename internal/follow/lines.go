package follow

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// Lines show states in a log.
type Lines struct {
	w     io.Writer
	at    time.Time
	said  string
	notes []string
}

// lineEvery is how often there is a line at most. Notes and the last state do not wait.
const lineEvery = 5 * time.Second

// InLines shows states as lines of a log: one when something has changed, at most every few seconds.
func InLines(w io.Writer) *Lines { return &Lines{w: w} }

// Show writes a state if its time has come.
func (v *Lines) Show(s State) {
	if line := s.line(); s.known() && line != v.said && (s.Done() || s.At.Sub(v.at) >= lineEvery) {
		v.said, v.at = line, s.At
		_, _ = fmt.Fprintf(v.w, "%s, %s\n", line, s.speed())
	}

	notes := s.Notes()
	for _, note := range notes {
		if !slices.Contains(v.notes, note) {
			_, _ = fmt.Fprintf(v.w, "%s: %s\n", cmp.Or(s.Progress.Batch.ID, s.Name), note)
		}
	}

	v.notes = notes
}

func (s State) line() string {
	by := s.Progress.ByStatus

	if !s.ofFile() && s.Expect == 0 {
		return fmt.Sprintf("%s: %d of %d seen so far settled, %d in flight, %s%d wait to be retried", s.Progress.Batch.ID,
			s.Progress.Settled(), s.Total(), by[store.StatusInProgress], s.submitted(), by[store.StatusRetrying]+by[store.StatusPending])
	}

	return fmt.Sprintf("%s: %d%%: %d of %d settled, %d queued, %d in flight, %s%d wait to be retried", s.Progress.Batch.ID,
		int(s.share()*hundred), s.Progress.Settled(), s.Total(), s.Queued(),
		by[store.StatusInProgress], s.submitted(), by[store.StatusRetrying]+by[store.StatusPending])
}

// submitted says how many jobs Mastercard has in a batch, without a result; nothing where there are none.
func (s State) submitted() string {
	n := s.Progress.ByStatus[store.StatusSubmitted]
	if n == 0 {
		return ""
	}

	return fmt.Sprintf("%d submitted, ", n)
}
