// Package results lists what became of each row of a file: one line for one row,
// in the order of the file, those that were rejected before anything was sent
// included.
package results

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where rows and rejects are kept (store.Store).
type Ledger interface {
	Progress(ctx context.Context, batchID string) (store.Progress, error)
	Rows(ctx context.Context, ids []string) (map[string]store.Row, error)
	Conflicts(ctx context.Context, ids []string) (map[string]store.Row, error)
	PurgedIDs(ctx context.Context, ids []string) (map[string]time.Time, error)
	Rejects(ctx context.Context, batchID string, first, last int64) ([]store.Reject, error)
	Lines(ctx context.Context, batchID string, first, last int64) ([]store.LineRun, error)
}

// ErrNoRows is wrapped by the error about a batch that is not one of a file.
var ErrNoRows = errors.New("the batch was named by messages and has no rows")

// Options of List.
type Options struct {
	Filter

	// Verdicts is the table whose advice is given.
	Verdicts *mastercard.VerdictTable
	// PageSize is how many rows are held at once, default 1000.
	PageSize int64
	// OnPage, when set, is told after each page how many of how many rows have been looked at.
	OnPage func(done, total int64)
}

// Summary is how much has been listed.
type Summary struct {
	Rows   int64 // of the file, looked at
	Listed int64 // of them, passed the filter
	Total  int64 // rows there are
	// Codes are those of all rows that were looked at, whether they pass the filter or not, sorted.
	Codes []string
}

const (
	defaultPageSize = 1000
	// maxCodes bounds what is remembered of the codes that rows have: there are some dozens.
	maxCodes = 1000
)

// List calls yield with a line for each row of a batch that passes the filter. It
// holds one page of them at a time, and no transaction. After an error, an ended
// context included, the account says how far it came.
func List(ctx context.Context, ledger Ledger, batch string, o Options, yield func(Line) error) (Summary, error) {
	progress, err := ledger.Progress(ctx, batch)
	if err != nil {
		return Summary{}, err
	}

	if progress.Batch.Source == "" && progress.Batch.RowsRead == 0 {
		return Summary{}, fmt.Errorf("%s: %w", batch, ErrNoRows)
	}

	if o.PageSize <= 0 {
		o.PageSize = defaultPageSize
	}

	l := lister{ledger: ledger, progress: progress, options: o, advice: advice{progress: progress, verdicts: o.Verdicts}}

	return l.run(ctx, yield)
}

type lister struct {
	ledger   Ledger
	progress store.Progress
	options  Options
	advice   advice
}

func (l lister) run(ctx context.Context, yield func(Line) error) (Summary, error) {
	account, codes := Summary{Total: l.progress.Batch.RowsRead}, map[string]bool{}

	var gap []Line // at the end of the page before, of which nothing is known

	for first := int64(1); ; first += l.options.PageSize {
		page, end, err := l.page(ctx, first, first+l.options.PageSize-1)
		if err != nil {
			return account, fmt.Errorf("listing the rows after %d of %d: %w", account.Rows, account.Total, err)
		}

		if end == 0 {
			account.Codes = slices.Sorted(maps.Keys(codes))
			return account, nil
		}

		for _, line := range append(gap, page[:end]...) {
			line.note(codes)

			if !l.options.passes(line) {
				continue
			}

			if err := yield(line); err != nil {
				return account, err
			}

			account.Listed++
		}

		gap = page[end:]
		account.Rows = page[end-1].Row
		account.Total = max(account.Total, account.Rows)

		if l.options.OnPage != nil {
			l.options.OnPage(account.Rows, account.Total)
		}
	}
}

// page returns the lines of some rows, and how many of them are about rows that
// there are. Where the file has not been read to its end as far as is known, there
// are rows as long as something is known of them: a run that was killed may have
// sent more than it could still tell.
func (l lister) page(ctx context.Context, first, last int64) (lines []Line, end int, err error) {
	batch := l.progress.Batch
	if !batch.CompletedAt.IsZero() {
		last = min(last, batch.RowsRead)
	}

	if first > last {
		return nil, 0, nil
	}

	ids := make([]string, 0, last-first+1)
	for row := first; row <= last; row++ {
		ids = append(ids, bulk.JobID(batch.ID, row))
	}

	jobs, err := l.jobs(ctx, ids)
	if err != nil {
		return nil, 0, err
	}

	rejects, err := l.rejects(ctx, first, last)
	if err != nil {
		return nil, 0, err
	}

	runs, err := l.ledger.Lines(ctx, batch.ID, first, last)
	if err != nil {
		return nil, 0, err
	}

	for i, id := range ids {
		row := first + int64(i)
		line := Line{Row: row, Line: store.LineOf(runs, row), JobID: id, Status: StatusQueued}
		job, seen := jobs[id]
		reject, rejected := rejects[line.Row]

		switch {
		case seen: // also where an earlier run rejected the row, by other rules
			line.fromJob(job)
		case rejected:
			line.fromReject(reject)
		}

		line.WhatToDo = l.advice.on(line, job)
		lines = append(lines, line)

		if seen || rejected || line.Row <= batch.RowsRead {
			end = len(lines)
		}
	}

	return lines, end, nil
}

func (l lister) rejects(ctx context.Context, first, last int64) (map[int64]store.Reject, error) {
	rejects, err := l.ledger.Rejects(ctx, l.progress.Batch.ID, first, last)
	byRow := make(map[int64]store.Reject, len(rejects))

	for _, reject := range rejects {
		byRow[reject.Row] = reject
	}

	return byRow, err
}

// jobs returns the rows of jobs. A row whose id was used for other content before is in conflict with that, and one that was
// purged has left its id: the rollup tells of both, and there is nothing to look for where it counts none.
func (l lister) jobs(ctx context.Context, ids []string) (map[string]store.Row, error) {
	found, err := l.ledger.Rows(ctx, ids)
	if err != nil {
		return nil, err
	}

	if l.progress.ByStatus[store.StatusPurged] > 0 {
		purged, err := l.ledger.PurgedIDs(ctx, ids)
		if err != nil {
			return nil, err
		}

		for id := range purged {
			if _, there := found[id]; !there {
				found[id] = store.Row{Outcome: store.Outcome{JobID: id, Status: store.StatusPurged}}
			}
		}
	}

	if l.progress.ByStatus[store.StatusConflict] > 0 {
		conflicts, err := l.ledger.Conflicts(ctx, ids)
		if err != nil {
			return nil, err
		}

		maps.Copy(found, conflicts)
	}

	return found, nil
}
