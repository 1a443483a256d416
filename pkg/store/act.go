package store

import (
	"context"
	"fmt"
	"time"
)

// ActResult is what became of an operator's word on a job, or the sweep's.
type ActResult struct {
	Effect ActEffect

	// Outcome is the row as it stands now; for a dry run, as it stood.
	Outcome Outcome
}

// ActEffect says whether an operator's word was taken.
type ActEffect int

// The acts.
const (
	// Applied means that the row has changed.
	Applied ActEffect = iota + 1

	// Repeated means that the same word was taken before and nothing has happened since:
	// what should have followed it may never have, and is to be done again.
	Repeated

	// Refused means that the job stands at a status to which the word does not apply: nothing was changed.
	Refused
)

func (r ActEffect) String() string {
	names := [...]string{"none", "applied", "repeated", "refused"}
	if r < 0 || int(r) >= len(names) {
		return fmt.Sprintf("ActEffect(%d)", int(r))
	}

	return names[r]
}

// act is an operator's word on one job, or the sweep's.
type act struct {
	jobID string
	// decide says what it does with the row.
	decide func(r existingRow, now time.Time) (ActEffect, transition)
	doubts bool // decide asks whether an attempt may have been processed
	dryRun bool
}

// act commits an operator's word, together with others that come at the same time.
func (s *Store) act(ctx context.Context, r act) (ActResult, error) {
	return s.acts.do(ctx, r.jobID, r)
}

// flushActs is one transaction for many acts.
func (s *Store) flushActs(ctx context.Context, acts []act) ([]answer[ActResult], error) {
	answers := make([]answer[ActResult], len(acts))
	ids := column(acts, func(r act) string { return r.jobID })

	err := s.transact(ctx, func(w *writer) error {
		found, err := w.lock(ctx, ids)
		if err != nil {
			return err
		}

		absent, err := w.absent(ctx, ids, found)
		if err != nil {
			return err
		}

		doubtful, err := w.doubtful(ctx, doubted(acts, found), false)
		if err != nil {
			return err
		}

		for i, r := range acts {
			row, ok := found[r.jobID]
			if !ok {
				answers[i] = notFound[ActResult](absent[r.jobID], ErrNoJob)
				continue
			}

			answers[i].value = w.applyAct(existingRow{record: row, doubtful: doubtful[r.jobID]}, r)
		}

		return w.flush(ctx)
	})

	return answers, err
}

// doubted returns the rows of which it has to be known whether an attempt may have been processed.
func doubted(acts []act, found map[string]record) []record {
	var all []record

	for _, r := range acts {
		if row, ok := found[r.jobID]; ok && r.doubts && row.Attempts > 0 {
			all = append(all, row)
		}
	}

	return all
}

func (w *writer) applyAct(row existingRow, r act) ActResult {
	decision, t := r.decide(row, w.now)
	if r.dryRun {
		return ActResult{Effect: decision, Outcome: row.Outcome}
	}

	t.touch(w.now)
	w.apply(row.record, t)

	return ActResult{Effect: decision, Outcome: t.after.Outcome}
}
