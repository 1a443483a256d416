package store

import (
	"context"
	"fmt"
	"time"
)

// Ruled is what became of an operator's word on a job, or the sweep's.
type Ruled struct {
	Ruling Ruling

	// Outcome is the row as it stands now; for a dry run, as it stood.
	Outcome Outcome
}

// Ruling says whether an operator's word was taken.
type Ruling int

// The rulings.
const (
	// Applied means that the row has changed.
	Applied Ruling = iota + 1

	// Repeated means that the same word was taken before and nothing has happened since:
	// what should have followed it may never have, and is to be done again.
	Repeated

	// Refused means that the job stands at a status to which the word does not apply: nothing was changed.
	Refused
)

func (r Ruling) String() string {
	names := [...]string{"none", "applied", "repeated", "refused"}
	if r < 0 || int(r) >= len(names) {
		return fmt.Sprintf("Ruling(%d)", int(r))
	}

	return names[r]
}

// ruling is an operator's word on one job, or the sweep's.
type ruling struct {
	jobID string
	// decide says what it does with the row.
	decide func(r standing, now time.Time) (Ruling, transition)
	doubts bool // decide asks whether an attempt may have been processed
	dryRun bool
}

// rule commits an operator's word, together with others that come at the same time.
func (s *Store) rule(ctx context.Context, r ruling) (Ruled, error) {
	return s.rulings.do(ctx, r.jobID, r)
}

// flushRulings is one transaction for many rulings.
func (s *Store) flushRulings(ctx context.Context, rulings []ruling) ([]answer[Ruled], error) {
	answers := make([]answer[Ruled], len(rulings))
	ids := column(rulings, func(r ruling) string { return r.jobID })

	err := s.transact(ctx, func(w *writer) error {
		found, err := w.lock(ctx, ids)
		if err != nil {
			return err
		}

		absent, err := w.absent(ctx, ids, found)
		if err != nil {
			return err
		}

		doubtful, err := w.doubtful(ctx, doubted(rulings, found), false)
		if err != nil {
			return err
		}

		for i, r := range rulings {
			row, ok := found[r.jobID]
			if !ok {
				answers[i] = notFound[Ruled](absent[r.jobID], ErrNoJob)
				continue
			}

			answers[i].value = w.rule(standing{record: row, doubtful: doubtful[r.jobID]}, r)
		}

		return w.flush(ctx)
	})

	return answers, err
}

// doubted returns the rows of which it has to be known whether an attempt may have been processed.
func doubted(rulings []ruling, found map[string]record) []record {
	var all []record

	for _, r := range rulings {
		if row, ok := found[r.jobID]; ok && r.doubts && row.Attempts > 0 {
			all = append(all, row)
		}
	}

	return all
}

func (w *writer) rule(row standing, r ruling) Ruled {
	decision, t := r.decide(row, w.now)
	if r.dryRun {
		return Ruled{Ruling: decision, Outcome: row.Outcome}
	}

	t.touch(w.now)
	w.apply(row.record, t)

	return Ruled{Ruling: decision, Outcome: t.after.Outcome}
}
