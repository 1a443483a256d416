package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/settings"
)

// dryRun looks at every row of a file and sends none. It asks nothing of the queue or the database, but for whether they would
// refuse the run, where the settings of one are given.
func (c *SubmitFile) dryRun(ctx context.Context, streams Streams, which cardFile, in cardfile.Input) (check.Findings, error) {
	source, file, err := cardfile.Open(which.path)
	if err != nil {
		return check.Findings{}, err
	}
	defer file.Close() //nolint:errcheck // read only

	bar := progress.New(streams.Err, "checking", time.Now)

	options := bulk.Options{
		Input: in, Ending: c.ending(), MinGood: 100 - c.MaxRejects, RejectsPath: c.Rejects, OnCheck: showCheck(bar),
		Warn: streams.warn, Program: c.Program, Batch: which.batch, NotAfter: c.NotAfter, StatePath: which.state(),
		Restart: c.Restart, Again: c.Again,
	}
	found, err := bulk.Check(ctx, source, options)

	bar.Close()

	if ctx.Err() != nil {
		return found, fmt.Errorf("%w: interrupted before the end of the file, so not all of it was checked; "+
			"nothing was sent", ctx.Err())
	}

	if err != nil {
		return found, err
	}

	if found.Refused == "" {
		found.Refused = c.foretold(ctx, streams, source, options, found)
	}

	writeFindings(streams.Out, found)
	fmt.Fprintln(streams.Out, "Nothing was sent: this was a dry run.")

	if found.Refused != "" {
		fmt.Fprintf(streams.Out, "The real run would be refused and send nothing: %s.\n", settings.Masked(found.Refused))
	}

	switch {
	case found.Rejected > 0:
		return found, errRejected
	case found.Refused != "":
		return found, errWouldRefuse
	default:
		return found, nil
	}
}

// showCheck shows how far the look at a file has come.
func showCheck(bar *progress.Display) func(bulk.Progress) {
	return func(p bulk.Progress) {
		note := fmt.Sprintf("%d rows, %d rejected", p.Rows, p.Rejected)
		if seconds := p.Elapsed.Seconds(); seconds > 0 {
			note += fmt.Sprintf(", %.0f a second", float64(p.Rows)/seconds)
		}

		bar.Update(p.Bytes, p.Size, note)
	}
}

// writeFindings prints what a look at the whole file has found.
func writeFindings(w io.Writer, f check.Findings) {
	writeChecked(w, f)
	writeReasons(w, f.ByCode, f.Reasons, true)
	writeDoubts(w, f.Warnings, f.Notes)

	if f.RejectsPath != "" {
		fmt.Fprintf(w, "The rejected rows, with line, column and reason: %s\n", settings.Masked(f.RejectsPath))
	}
}

// writeChecked prints how many rows were found good.
func writeChecked(w io.Writer, f check.Findings) {
	fmt.Fprintf(w, "%d rows checked in %s: %d good, %d rejected\n",
		f.Rows, f.Elapsed.Round(time.Millisecond), f.Rows-f.Rejected, f.Rejected)
}

// writeDoubts prints warnings and notes.
func writeDoubts(w io.Writer, warnings []check.Warning, notes []string) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "  %6d  %s, a warning: %s (%s)\n", warning.Rows, warning.Code, warning.Text,
			whereLines(warning.Rows, warning.Lines))
	}

	for _, note := range notes {
		fmt.Fprintf(w, "Note: %s.\n", note)
	}
}
