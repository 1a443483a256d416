package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk"
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

	Paths         []string      `arg:"" name:"FILE" help:"CSV files with a header row, see the README for its columns; or patterns of files, or folders with --pattern."`
	Pattern       string        `placeholder:"'*.csv'" help:"Which files of a folder are meant. Rejects files and checkpoints never are."`
	Program       string        `required:"" help:"Program of all cards in the file, as configured at the workers."`
	Batch         string        `help:"Name of this file, 1 to 64 of A-Z a-z 0-9 . _ -; the same name again goes on with the same file. Default: the file's name without extensions; with several files, that comes behind it."`
	IntakeKeyFile string        `name:"intake-key-file" required:"" placeholder:"FILE" help:"The workers' public intake key (PEM)."`
	Rejects       string        `placeholder:"FILE" help:"Where rejected rows go; default FILE.rejects.csv beside the input."`
	NotAfter      time.Time     `name:"not-after" placeholder:"TIME" help:"Time (RFC 3339) past which rows that still wait are not sent; they end as expired."`
	Rate          float64       `default:"0" help:"Rows or jobs a second at most; 0 for no limit."`
	GiveUpAfter   time.Duration `name:"give-up-after" default:"10m" help:"How long the queue may not answer before a file is left as it is, to be gone on with later."`
	Restart       bool          `help:"Begin at the first row although an earlier run has left a checkpoint."`
}

// Run sends the files.
func (c *SubmitFile) Run(ctx context.Context, streams Streams) error {
	logger := c.Logger(streams.Err)

	files, err := c.files()
	if err != nil {
		return err
	}

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

	js, disconnect, err := c.Connect("enroll submit "+files[0].batch, logger)
	if err != nil {
		return err
	}
	defer disconnect()

	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{RetryFor: noticeAfter})

	return c.sendAll(ctx, streams, files, bulk.Destination{Sealer: sealer, Queue: c.patient(streams, publisher), Registry: registry})
}

// noticeAfter is how long the queue may not answer before that is said.
const noticeAfter = 5 * time.Second

// patient is the queue for people: it waits, and says for what.
func (c *SubmitFile) patient(streams Streams, queue bulk.Queue) *bulk.Patient {
	return &bulk.Patient{
		Queue:       queue,
		GiveUpAfter: c.GiveUpAfter,
		OnWait: func(reason error, since time.Duration) {
			what := "the queue is full; waiting for workers to make room (see: submit status)"
			if errors.Is(reason, jobs.ErrNoAnswer) {
				what = fmt.Sprintf("the queue does not answer; waiting up to %s for it (--give-up-after)", c.GiveUpAfter)
			}

			if since >= time.Second {
				what += fmt.Sprintf("; for %s by now", since.Round(time.Second))
			}

			fmt.Fprintln(streams.Err, "\n"+what)
		},
		OnAnswer: func(after time.Duration) {
			fmt.Fprintf(streams.Err, "\nthe queue answers again after %s; going on\n", after.Round(time.Second))
		},
	}
}

// sendAll sends one file after the other. One that fails does not stop the next.
func (c *SubmitFile) sendAll(ctx context.Context, streams Streams, files []cardFile, to bulk.Destination) error {
	if len(files) == 1 {
		_, err := c.send(ctx, streams, files[0], to)

		return err
	}

	var (
		total    bulk.Summary
		failed   []string
		rejected bool
	)

	for i, file := range files {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %d of %d files not begun, the first of them %s; the same command again goes on",
				len(files)-i, len(files), file.path)
		}

		fmt.Fprintf(streams.Out, "%s as batch %s\n", file.path, file.batch)

		summary, err := c.send(ctx, streams, file, to)
		total = total.And(summary)

		switch {
		case errors.Is(err, errRejected):
			rejected = true
		case err != nil:
			failed = append(failed, file.path)

			fmt.Fprintln(streams.Err, err)
		}
	}

	fmt.Fprintf(streams.Out, "%d files, ", len(files))
	printCounts(streams, total)

	switch {
	case len(failed) > 0:
		return fmt.Errorf("%d of %d files are not complete: %s", len(failed), len(files), strings.Join(failed, ", "))
	case rejected:
		return errRejected
	default:
		return nil
	}
}
