package redrive

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Kind is what dead letters are counted by.
type Kind struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func kindOf(letter jobs.DeadLetter) Kind {
	return Kind{Status: letter.Status, Reason: letter.Error.Reason, Detail: letter.Error.Detail}
}

// Count is how many jobs of a kind were redriven.
type Count struct {
	Kind

	Jobs int `json:"jobs"`
}

// Summary is what a run did; in a dry run, what it would have done.
type Summary struct {
	DryRun bool `json:"dry_run"`
	// Letters were looked at, Unreadable of them are no dead letters of ours.
	Letters    int `json:"letters"`
	Unreadable int `json:"unreadable"`
	// Selected jobs passed the filter: the sum of what follows.
	Selected int `json:"selected"`
	// Redriven jobs are pending and on the queue again. Repeated of them had been redriven before and not begun since.
	Redriven int `json:"redriven"`
	Repeated int `json:"repeated"`
	// Skipped jobs stand elsewhere by now, by the status they stand at; for other causes see below.
	Skipped map[string]int `json:"skipped"`
	// Left are those that the run did not come to, or did not bring to an end.
	Left int `json:"left"`
	// Codes are the reasons and details of all letters that were looked at, sorted.
	Codes []string `json:"-"`
	// Kinds are the redriven jobs by why they had been given up, the most frequent first.
	Kinds []Count `json:"kinds"`
}

// Causes for which jobs are skipped, beside the statuses they stand at.
const (
	SkippedNoRow    = "no row"         // purged
	SkippedNoLetter = "no letter"      // aged out during the run
	SkippedInvalid  = "no job"         // the letter holds a message that no worker would take
	SkippedCanceled = "batch canceled" // workers would not send it
)

// totals is an account that is being written.
type totals struct {
	mu      sync.Mutex
	account Summary
	kinds   map[Kind]int
	done    int
}

func newTotals(l letters, dryRun bool) *totals {
	return &totals{kinds: map[Kind]int{}, account: Summary{
		DryRun: dryRun, Letters: l.read, Unreadable: l.unreadable, Selected: len(l.selected), Skipped: map[string]int{},
		Codes: slices.Sorted(maps.Keys(l.codes)),
	}}
}

// sent is what became of one job.
type sent struct {
	effect  store.ActEffect
	skipped string // why; empty: redriven
}

func (r *totals) add(e entry, s sent, progress func(done, total int)) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.done++

	if s.skipped != "" {
		r.account.Skipped[s.skipped]++
	} else {
		r.account.Redriven++
		r.kinds[e.kind]++
	}

	if s.effect == store.Repeated {
		r.account.Repeated++
	}

	if progress != nil {
		progress(r.done, r.account.Selected)
	}
}

func (r *totals) total() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()

	total := r.account
	total.Left = total.Selected - r.done
	total.Skipped = maps.Clone(total.Skipped)
	total.Kinds = []Count{}

	for kind, n := range r.kinds {
		total.Kinds = append(total.Kinds, Count{Kind: kind, Jobs: n})
	}

	slices.SortFunc(total.Kinds, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Jobs, a.Jobs), cmp.Compare(a.Status, b.Status),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
	})

	return total
}
