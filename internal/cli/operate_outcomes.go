package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// SubmitOutcomes is submit outcomes.
type SubmitOutcomes struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Batch  string   `arg:"" name:"BATCH" help:"Batch whose rows are listed."`
	Output string   `short:"o" default:"-" placeholder:"FILE" help:"Where to: FILE.csv, FILE.jsonl, either with .gz behind it; a device or pipe; - for standard output."`
	Format string   `enum:"csv,jsonl," default:"" help:"Form, csv or jsonl; default by the name, else csv."`
	JSON   bool     `name:"json" help:"Print JSON for programs: one object a line, as --format jsonl."`
	Status []string `placeholder:"STATUS,..." help:"Only rows that stand at these statuses."`
	Code   string   `help:"Reason or detail of the failure, such as UNAVAILABLE."`
}

// Run writes the list.
func (c *SubmitOutcomes) Run(ctx context.Context, streams Streams) error {
	filter := results.Filter{Statuses: c.Status, Code: c.Code}
	if err := c.check(filter); err != nil {
		return err
	}

	verdicts, err := mastercard.Verdicts()
	if err != nil {
		return err
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	list := func(w io.Writer) error {
		return c.list(ctx, streams, ledger, results.Options{Filter: filter, Verdicts: verdicts}, w)
	}

	if c.Output == "-" {
		return list(streams.Out)
	}

	file, err := results.Create(ctx, c.Output, streams.note)
	if err != nil {
		return err
	}

	if err := list(file); err != nil {
		left := "is not written"
		if file.Streams() {
			left = "is not complete"
		}

		return errors.Join(fmt.Errorf("%w\n%s %s; the same command again begins anew", err, c.Output, left), file.Discard())
	}

	return file.Complete()
}

func (c *SubmitOutcomes) check(filter results.Filter) error {
	faults := []error{c.Check()}

	if !jobs.ValidID(c.Batch) {
		faults = append(faults, fmt.Errorf("BATCH: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch))
	}

	if err := filter.Check(); err != nil {
		faults = append(faults, fmt.Errorf("--status: %w", err))
	}

	if c.JSON && c.Format == "csv" {
		faults = append(faults, errors.New("--json and --format csv: give one of them"))
	}

	return settings.Faults(faults...)
}

// list writes the lines to w and, where that is a file, how far it is to the terminal.
func (c *SubmitOutcomes) list(ctx context.Context, streams Streams, ledger results.Ledger, o results.Options, w io.Writer) error {
	form, _ := results.FormOf(c.Output)

	switch {
	case c.JSON:
		form = "jsonl"
	case c.Format != "":
		form = c.Format
	}

	buffer := bufio.NewWriter(w)

	encoder, err := results.NewEncoder(form, buffer)
	if err != nil {
		return err
	}

	bar := progress.New(streams.Err, "listing", time.Now)
	if c.Output != "-" {
		o.OnPage = func(done, total int64) { bar.Update(done, total, fmt.Sprintf("%d of %d rows", done, total)) }
	}

	account, err := results.List(ctx, ledger, c.Batch, o, encoder.Encode)

	err = errors.Join(err, encoder.Flush(), buffer.Flush())
	if c.Output != "-" {
		bar.Close()
	}

	switch {
	case errors.Is(err, results.ErrNoRows):
		return fmt.Errorf("%w; its jobs: SELECT job_id, status, error_reason, error_detail, error_message "+
			"FROM enrollments WHERE batch_id = '%s'", err, c.Batch)
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted after %d of %d rows", account.Rows, account.Total)
	case err != nil:
		return err
	}

	if c.Output != "-" {
		fmt.Fprintf(streams.Err, "%d of %d rows listed in %s\n", account.Listed, account.Rows, c.Output)
	}

	return nil
}
