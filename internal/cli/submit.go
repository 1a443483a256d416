package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// Submit is the grammar of the command submit.
type Submit struct {
	File     SubmitFile     `cmd:"" default:"withargs" help:"Send a file of cards to the queue."`
	Generate SubmitGenerate `cmd:"" help:"Make a file of test cards, all of them the sandbox's."`
	Status   SubmitStatus   `cmd:""                    help:"Show how the workers and the queue stand, or how far a batch is."`
	Pause    SubmitPause    `cmd:""                    help:"Have the workers take no jobs of a program, or none at all."`
	Resume   SubmitResume   `cmd:""                    help:"Have them take jobs again."`

	Redrive SubmitRedrive `cmd:"" help:"Send jobs again that were given up, from the dead letters."`
	Resolve SubmitResolve `cmd:"" help:"Settle a job that is in doubt."`
}

// SubmitFile is submit FILE.
type SubmitFile struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Path          string    `arg:"" name:"FILE" help:"CSV file with a header row; see the README for its columns."`
	Program       string    `required:"" help:"Program of all cards in the file, as configured at the workers."`
	Batch         string    `required:"" help:"Name of this file, 1 to 64 of A-Z a-z 0-9 . _ -; the same name again goes on with the same file."`
	IntakeKeyFile string    `name:"intake-key-file" required:"" placeholder:"FILE" help:"The workers' public intake key (PEM)."`
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

	key, errKey := jobs.LoadIntakePublicKey(c.IntakeKeyFile)
	if err := settings.Faults(c.Check(), errKey); err != nil {
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

	bar := progress.New(streams.Err, "submitting", time.Now)

	summary, err := bulk.Submit(ctx, source, bulk.Destination{
		Sealer:   sealer,
		Queue:    &bulk.Patient{Queue: jobs.NewPublisher(js, jobs.PublisherOptions{})},
		Registry: registry,
	}, bulk.Options{
		Program:     c.Program,
		Batch:       c.Batch,
		NotAfter:    c.NotAfter,
		RejectsPath: c.Rejects,
		OnProgress: func(p bulk.Progress) {
			bar.Update(p.Bytes, p.Size, fmt.Sprintf("%d rows, %d rejected, %.0f a second", p.Rows, p.Rejected, p.Rate()))
		},
	})

	if err == nil {
		bar.Update(source.Size, source.Size, fmt.Sprintf("%d rows, %d rejected", summary.RowsRead, summary.Rejected))
	}

	bar.Close()

	return c.conclude(streams, summary, err)
}

// conclude prints what became of the file and says how to go on.
func (c *SubmitFile) conclude(streams Streams, summary bulk.Summary, err error) error {
	fileError, broken := errors.AsType[*bulk.FileError](err)
	if broken {
		return fileError // nothing was sent, and there is nothing to sum up
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

	if summary.RejectsPath != "" {
		fmt.Fprintf(streams.Out, "The rejected rows, with line, column and reason: %s\n", summary.RejectsPath)
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
