package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// send sends one file and says what became of it.
func (c *SubmitFile) send(
	ctx context.Context, streams Streams, which cardFile, in cardfile.Input, to bulk.Destination,
) (bulk.Summary, error) {
	source, file, err := cardfile.Open(which.path)
	if err != nil {
		return bulk.Summary{}, err
	}
	defer file.Close() //nolint:errcheck // read only

	checking, bar := progress.New(streams.Err, "checking", time.Now), progress.New(streams.Err, "submitting", time.Now)
	endChecking := sync.OnceFunc(checking.Close)

	// The reasons are said once: at the end, with what was sent, or here, where that is the end.
	checked := func(found check.Findings) {
		endChecking()
		writeChecked(streams.Err, found)
	}
	refused := func(found check.Findings) {
		endChecking()

		found.RejectsPath = "" // the error names it
		writeFindings(streams.Err, found)
	}

	summary, err := bulk.Submit(ctx, source, to, bulk.Options{
		Program:     c.Program,
		Batch:       which.batch,
		NotAfter:    c.NotAfter,
		RejectsPath: c.Rejects,
		StatePath:   which.state(),
		Restart:     c.Restart,
		Again:       c.Again,
		Rate:        c.Rate,
		Input:       in,
		Ending:      c.ending(),
		MinGood:     100 - c.MaxRejects,
		Warn:        streams.warn,
		OnCheck:     showCheck(checking),
		OnChecked:   checked,
		OnRefused:   refused,
		OnProgress: func(p bulk.Progress) {
			bar.Update(p.Bytes, p.Size, fmt.Sprintf("%d rows, %d rejected, %.0f a second", p.Rows, p.Rejected, p.Rate()))
		},
	})

	if err == nil {
		bar.Update(source.Size, source.Size, fmt.Sprintf("%d rows, %d rejected", summary.RowsRead, summary.Rejected))
	}

	endChecking()
	bar.Close()

	return summary, conclude(streams, summary, err)
}

// conclude prints what became of the file and says how to go on.
func conclude(streams Streams, summary bulk.Summary, err error) error {
	canceled := errors.Is(err, store.ErrBatchCanceled)
	if canceled && summary.RowsRead == 0 {
		return afterCancel(err)
	}

	if err != nil && summary.RowsRead == 0 { // there is nothing to sum up
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}

		return fmt.Errorf("%w\nnothing was sent", err)
	}

	printCounts(streams, summary)

	writeReasons(streams.Out, summary.ByCode, summary.Reasons, true)
	writeDoubts(streams.Out, summary.Warnings, summary.Notes)

	if summary.ResumedAfter > 0 {
		fmt.Fprintf(streams.Out, "Went on after row %d, up to which an earlier run had come.\n", summary.ResumedAfter)
	}

	if summary.RejectsPath != "" && err == nil {
		fmt.Fprintf(streams.Out, "The rejected rows, with line, column and reason: %s\n", settings.Masked(summary.RejectsPath))
	}

	switch {
	case canceled:
		return afterCancel(err)
	case err != nil:
		return unfinished(summary, err)
	case !summary.Remainder.None():
		return fmt.Errorf("all rows that were checked are on the queue or rejected, and something is left\n%s", summary.Remainder)
	case summary.Rejected > 0:
		return errRejected
	default:
		return nil
	}
}

// unfinished says what is certain of a file that was not finished, and how to finish it.
func unfinished(summary bulk.Summary, err error) error {
	if summary.Interrupted {
		err = errors.New("interrupted")
	}

	if summary.SettledRow > 0 {
		err = fmt.Errorf("%w\nrows up to %d (line %d) are on the queue or rejected", err, summary.SettledRow, summary.SettledLine)
	}

	if summary.RejectsPath != "" {
		err = fmt.Errorf("%w\nthe rejected rows so far are in %s", err, summary.RejectsPath)
	}

	if summary.StatePath != "" {
		return fmt.Errorf("%w\nthe same command again goes on from there (%s), and sends nothing twice", err, summary.StatePath)
	}

	return fmt.Errorf("%w\nthe same command again sends what is missing, and enrolls nothing twice", err)
}

func printCounts(streams Streams, summary bulk.Summary) {
	fmt.Fprintf(streams.Out, "%d rows: %d sent, %d sent before, %d rejected",
		summary.RowsRead, summary.Published, summary.Duplicates, summary.Rejected)

	if n := summary.Unconfirmed(); n > 0 {
		fmt.Fprintf(streams.Out, ", %d not confirmed", n)
	}

	fmt.Fprintf(streams.Out, " in %s\n", summary.Elapsed.Round(time.Millisecond))
}
