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
	"enroll.example/clicktopay/pkg/store"
)

// SubmitOutcomes is submit outcomes.
type SubmitOutcomes struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Batch  string   `arg:"" name:"BATCH" help:"Batch whose rows are listed."`
	Output string   `short:"o" default:"-" placeholder:"FILE" help:"Where to: FILE.csv, FILE.jsonl, either with .gz behind it; a device or pipe; - for standard output."`
	Format string   `enum:"csv,jsonl," default:"" help:"Form, csv or jsonl; default by the name, else csv."`
	JSON   bool     `name:"json" help:"Print JSON for programs: one object a line, as --format jsonl."`
	Status []string `placeholder:"STATUS" help:"Only rows that stand at these statuses."`
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
		err := c.list(ctx, streams, ledger, results.Options{Filter: filter, Verdicts: verdicts}, w)

		return orUnknownBatch(ctx, ledger, c.Batch, err)
	}

	if c.Output == "-" {
		return list(streams.Out)
	}

	file, err := results.Create(ctx, c.Output, streams.note)
	if err != nil {
		return err
	}

	if err := list(file); err != nil {
		return errors.Join(c.left(err, file.Streams()), file.Discard())
	}

	return file.Complete()
}

// left adds to an error what it leaves of the file.
func (c *SubmitOutcomes) left(err error, streams bool) error {
	var unknown unknownCodeError

	switch {
	case errors.As(err, &unknown), errors.Is(err, store.ErrNoBatch):
		return fmt.Errorf("%w\n%s is not written", err, c.Output)
	case streams:
		return fmt.Errorf("%w\n%s is not complete; the same command again begins anew", err, c.Output)
	default:
		return fmt.Errorf("%w\n%s is not written; the same command again begins anew", err, c.Output)
	}
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
	if err == nil && !has(account.Codes, c.Code) {
		err = noCode(streams, c.Code, "row of batch "+c.Batch, account.Codes, o.Verdicts) // before the header is written
	}

	if account.Listed > 0 || err == nil {
		err = errors.Join(err, encoder.Flush(), buffer.Flush())
	}

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
		streams.Notef("%d of %d rows listed in %s", account.Listed, account.Rows, c.Output)
	}

	return nil
}
