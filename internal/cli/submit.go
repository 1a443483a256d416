package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Submit is the grammar of the command submit.
type Submit struct {
	File SubmitFile `cmd:"" default:"withargs" help:"Send a file of cards to the queue."`

	Inspect SubmitInspect `cmd:"" help:"Show how a file of cards is understood, and begin a mapping file for it."`

	Status SubmitStatus `cmd:""                    help:"Show how the workers and the queue stand, or how far a batch is."`
	Pause  SubmitPause  `cmd:""                    help:"Have the workers take no jobs of a program, or none at all."`
	Resume SubmitResume `cmd:""                    help:"Have them take jobs again."`

	Watch    SubmitWatch    `cmd:"" help:"Follow a batch until every row has its outcome."`
	Outcomes SubmitOutcomes `cmd:"" help:"List what became of each row of a batch."`
	Batches  SubmitBatches  `cmd:"" help:"List the batches of files, newest first."`
	Cancel   SubmitCancel   `cmd:"" help:"Stop what is not yet sent of a batch."`

	Redrive SubmitRedrive `cmd:"" help:"Send jobs again that were given up, from the dead letters."`
	Resolve SubmitResolve `cmd:"" help:"Settle a job that is in doubt."`
}

// SubmitFile is submit FILE.
type SubmitFile struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	FileInput         `embed:""`
	Waiting           `embed:""`

	Path          string    `arg:"" name:"FILE" help:"CSV or JSON Lines, packed with gzip or zstd or not; - for standard input. See docs/files.md."`
	DryRun        bool      `name:"dry-run" help:"Send nothing: check every row and write the rejects, which needs no other setting; of redrive: count the jobs."`
	MaxRejects    float64   `name:"max-rejects" placeholder:"PERCENT" default:"50" help:"Send nothing when more of the rows than this are rejected; 100 to send whatever is good."`
	Program       string    `help:"Program of all cards in the file, as configured at the workers."`
	Batch         string    `help:"Name of this file, 1 to 64 of A-Z a-z 0-9 . _ -; the same name again goes on with the same file."`
	IntakeKeyFile string    `name:"intake-key-file" placeholder:"FILE" help:"The workers' public intake key (PEM)."`
	Rejects       string    `placeholder:"FILE" help:"Where rejected rows go; default FILE.rejects.csv beside the input."`
	NotAfter      time.Time `name:"not-after" placeholder:"TIME" help:"Time (RFC 3339) past which rows that still wait are not sent; they end as expired."`
}

// Run sends the file.
func (c *SubmitFile) Run(ctx context.Context, streams Streams) error {
	logger := c.Logger(streams.Err)

	source, file, err := bulk.Open(c.Path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only

	in, errInput := c.input()
	if c.DryRun && errInput == nil {
		return c.dryRun(ctx, source, in, streams)
	}

	errGiven := errors.Join(given("program", c.Program), given("batch", c.Batch), given("intake-key-file", c.IntakeKeyFile),
		percentage("max-rejects", c.MaxRejects))

	key, errKey := jobs.LoadIntakePublicKey(c.IntakeKeyFile)
	if err := settings.Faults(errInput, errGiven, c.Check(), errKey); err != nil {
		return err
	}

	sealer, err := jobs.NewSealer(key, time.Now)
	if err != nil {
		return err
	}

	registry, err := c.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer registry.Close()

	js, disconnect, err := c.Connect("enroll submit "+c.Batch, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	checking, bar := progress.New(streams.Err, "checking", time.Now), progress.New(streams.Err, "submitting", time.Now)
	endChecking := sync.OnceFunc(checking.Close)

	summary, err := bulk.Submit(ctx, source, bulk.Destination{
		Sealer:   sealer,
		Queue:    bulk.Patient{Queue: jobs.NewPublisher(js, jobs.PublisherOptions{}), OnFull: c.sayFull(streams)},
		Registry: registry,
	}, bulk.Options{
		Program:     c.Program,
		Batch:       c.Batch,
		NotAfter:    c.NotAfter,
		RejectsPath: c.Rejects,
		Input:       in,
		MinGood:     100 - c.MaxRejects,
		OnCheck:     showCheck(checking),
		OnChecked: func(found bulk.Findings) {
			endChecking()
			writeFindings(streams.Err, found)
		},
		OnProgress: func(p bulk.Progress) {
			bar.Update(p.Bytes, p.Size, fmt.Sprintf("%d rows, %d rejected, %.0f a second", p.Rows, p.Rejected, p.Rate()))
		},
	})

	if err == nil {
		bar.Update(source.Size, source.Size, fmt.Sprintf("%d rows, %d rejected", summary.RowsRead, summary.Rejected))
	}

	endChecking()
	bar.Close()

	return c.follow(ctx, streams, watching{nats: c.NATS, database: c.Database, log: c.Log, batch: c.Batch},
		c.conclude(c.said(streams), summary, err))
}

// sayFull tells once that the queue is full and the file waits.
func (c *SubmitFile) sayFull(streams Streams) func() {
	return sync.OnceFunc(func() {
		fmt.Fprintln(streams.Err, "\nthe queue is full; waiting for workers to make room (see: submit status)")
	})
}

// conclude prints what became of the file and says how to go on.
func (c *SubmitFile) conclude(streams Streams, summary bulk.Summary, err error) error {
	fileError, broken := errors.AsType[*bulk.FileError](err)
	if broken {
		return fileError // nothing was sent, and there is nothing to sum up
	}

	canceled := errors.Is(err, store.ErrBatchCanceled)
	if canceled && summary.RowsRead == 0 {
		return afterCancel(err)
	}

	fmt.Fprintf(streams.Out, "%d rows: %d sent, %d sent before, %d rejected",
		summary.RowsRead, summary.Published, summary.Duplicates, summary.Rejected)

	if n := summary.Unconfirmed(); n > 0 {
		fmt.Fprintf(streams.Out, ", %d not confirmed", n)
	}

	fmt.Fprintf(streams.Out, " in %s\n", summary.Elapsed.Round(time.Millisecond))

	for _, code := range slices.Sorted(maps.Keys(summary.ByCode)) {
		fmt.Fprintf(streams.Out, "  %6d  %s\n", summary.ByCode[code], code)
	}

	writeDoubts(streams.Out, summary.Warnings, summary.Notes)

	if summary.RejectsPath != "" {
		fmt.Fprintf(streams.Out, "The rejected rows, with line, column and reason: %s\n", summary.RejectsPath)
	}

	if canceled {
		return afterCancel(err)
	}

	if err != nil && summary.SettledRow > 0 {
		err = fmt.Errorf("%w\nrows up to %d (line %d) are on the queue or rejected", err, summary.SettledRow, summary.SettledLine)
	}

	if err != nil {
		return fmt.Errorf("%w\nthe same command again sends what is missing, and nothing twice", err)
	}

	if summary.Rejected > 0 {
		return errRejected
	}

	return nil
}
