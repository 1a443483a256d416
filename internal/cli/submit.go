package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// Submit is the grammar of the command submit.
type Submit struct {
	Versioned `embed:""`

	File     SubmitFile     `cmd:"" default:"withargs" help:"Send a file of cards to the queue."`
	Generate SubmitGenerate `cmd:"" help:"Make a file of test cards, all of them the sandbox's."`

	Inspect SubmitInspect `cmd:"" help:"Show how a file of cards is understood, and begin a mapping file for it."`

	Status SubmitStatus `cmd:""                    help:"Show how the workers and the queue stand, or how far a batch is."`
	Pause  SubmitPause  `cmd:""                    help:"Have the workers take no jobs of a program, or none at all."`
	Resume SubmitResume `cmd:""                    help:"Have the workers take jobs of a program, or of all, again."`

	Job      SubmitJob      `cmd:"" help:"Show what became of a job: its attempts, where its message is, what to do."`
	Codes    SubmitCodes    `cmd:"" help:"Count the error codes of the last day, or since another time, with advice."`
	Watch    SubmitWatch    `cmd:"" help:"Follow a batch until every row has its outcome."`
	Outcomes SubmitOutcomes `cmd:"" help:"List what became of each row of a batch."`
	Batches  SubmitBatches  `cmd:"" help:"List the batches of files, newest first."`
	Cancel   SubmitCancel   `cmd:"" help:"Stop what is not yet sent of a batch."`

	Redrive SubmitRedrive `cmd:"" help:"Send jobs again that were given up, from the dead letters."`
	Resolve SubmitResolve `cmd:"" help:"Settle a job that is in doubt."`

	Announce SubmitAnnounce `cmd:"" help:"Publish the outcomes of jobs that have ended once more, for who was away for longer than they are kept."`

	Acts SubmitActs `cmd:"" help:"List what operators did: who, what, why, and what came of it."`

	Completion Completion `cmd:"" help:"Print the script by which a shell completes this command."`
}

// SubmitFile is submit FILE.
type SubmitFile struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	FileInput         `embed:""`
	Waiting           `embed:""`

	Paths          []string      `arg:"" name:"FILE" help:"CSV or JSON Lines, packed with gzip or zstd or not; patterns of files; folders with --pattern; - for standard input. See docs/files.md."`
	Pattern        string        `placeholder:"'*.csv'" help:"Which files of a folder are meant. Rejects files and checkpoints never are."`
	DryRun         bool          `name:"dry-run" help:"Send nothing: check every row and write the rejects, which needs no other setting; of redrive: count the jobs."`
	MaxRejects     float64       `name:"max-rejects" placeholder:"PERCENT" default:"50" help:"Send nothing when more of the rows than this are rejected; 100 to send whatever is good."`
	StrictEnd      bool          `name:"strict-end" help:"Send nothing of a file whose last line has no end, as that of a file that was cut."`
	ExpectRows     int64         `name:"expect-rows" placeholder:"N" help:"Send nothing of a file that has another number of rows."`
	Program        string        `help:"Program of all cards in the file, as configured at the workers."`
	UnknownProgram bool          `name:"unknown-program" help:"Send the rows although no worker that is alive has the program."`
	Batch          string        `help:"Name of this file, 1 to 64 of A-Z a-z 0-9 . _ -; the same name again goes on with the same file. Default: the file's name without extensions; with several files, that comes behind it."`
	IntakeKeyFile  string        `name:"intake-key-file" placeholder:"FILE" help:"The workers' public intake key (PEM)."`
	Rejects        string        `placeholder:"FILE" help:"Where rejected rows go: a file, a device or a pipe, - for standard output; default FILE.rejects.csv beside the input."`
	NotAfter       time.Time     `name:"not-after" placeholder:"TIME" help:"Time (RFC 3339) past which rows that still wait are not sent; they end as expired."`
	Rate           float64       `default:"0" help:"Rows or jobs a second at most; 0 for no limit."`
	GiveUpAfter    time.Duration `name:"give-up-after" default:"10m" help:"How long the queue may not answer before a file is left as it is, to be gone on with later."`
	Again          bool          `help:"Send a file although the same content was sent as another batch of the program: its cards are enrolled once more."`
	Restart        bool          `help:"Begin at the first row although an earlier run has left a checkpoint."`
}

// Run sends the files.
func (c *SubmitFile) Run(ctx context.Context, streams Streams) error {
	logger := c.Logger(streams.Err)
	c.Rejects = outputPath(c.Rejects)
	streams = streams.besides(c.Rejects)

	files, err := c.files()
	if err != nil {
		return err
	}

	var reports fileReports

	in, errInput := c.input()
	errInput = settings.Faults(errInput, c.expected(files))

	if c.DryRun {
		errInput = settings.Faults(errInput, c.checkDry())
	}

	if c.DryRun && errInput != nil {
		return errInput
	}

	if c.DryRun {
		err := each(ctx, c.said(streams), files, func(file cardFile) (bulk.Summary, error) {
			found, err := c.dryRun(ctx, c.said(streams), file, in)
			reports.dry(file, found, err)

			return bulk.Summary{}, err
		})

		return reports.conclude(streams, Waiting{JSON: c.JSON}, err)
	}

	key, errKey := c.intakeKey()
	if err := settings.Faults(errInput, c.checkGiven(), c.Check(), errKey, c.waitable(files)); err != nil {
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

	if err := prepared(ctx, js); err != nil {
		return err
	}

	if err := c.knownProgram(ctx, streams, js); err != nil {
		return err
	}

	traces := openTraces(ctx, logger)
	defer traces.Close(ctx)

	sent := each(ctx, c.said(streams), files, reports.of(func(file cardFile) (bulk.Summary, error) {
		options := jobs.PublisherOptions{
			RetryFor: noticeAfter, CardLike: c.CardLike, Again: c.again(ctx, streams, registry, js, file.batch),
			TracerProvider: traces.Provider(),
		}
		to := bulk.Destination{Sealer: sealer, Queue: c.retrying(streams, jobs.NewPublisher(js, options)), Registry: registry}

		return traced(ctx, traces, c.Program, file.batch, func(ctx context.Context) (bulk.Summary, error) {
			return c.send(ctx, c.said(streams), file, in, to)
		})
	}))
	sent = reports.conclude(streams, c.Waiting, sent)

	return c.follow(ctx, streams, watching{nats: c.NATS, database: c.Database, log: c.Log, batch: files[0].batch}, sent)
}

// again is what tells the jobs of a batch from those that the queue has lost and may still take for duplicates; empty when
// it has lost none.
func (c *SubmitFile) again(
	ctx context.Context, streams Streams, ledger lost.Ledger, js jetstream.JetStream, batch string,
) string {
	n, err := lost.Count(ctx, ledger, lost.JetStream{JS: js}, batch)
	if err != nil || n == 0 { // of a batch that is new, or cannot be asked about, nothing is known to be lost
		return ""
	}

	streams.Notef("%d jobs of batch %s were lost by the queue before a worker saw them; they are sent again", n, batch)

	return time.Now().UTC().Format(time.RFC3339Nano)
}

func (c *SubmitFile) intakeKey() (jobs.IntakePublicKey, error) {
	if err := given("intake-key-file", c.IntakeKeyFile); err != nil {
		return jobs.IntakePublicKey{}, err
	}

	key, err := jobs.LoadIntakePublicKey(c.IntakeKeyFile)

	return key, named("intake-key-file", err)
}

// expected refuses a number of rows that cannot be right.
func (c *SubmitFile) expected(files []cardFile) error {
	switch {
	case c.ExpectRows < 0:
		return fmt.Errorf("--expect-rows: %d is not 1 or more", c.ExpectRows)
	case c.ExpectRows > 0 && len(files) > 1:
		return fmt.Errorf("--expect-rows: is the number of one file, and %d are meant", len(files))
	default:
		return nil
	}
}

// ending is what a file must end with.
func (c *SubmitFile) ending() check.Ending {
	return check.Ending{Strict: c.StrictEnd, Rows: c.ExpectRows}
}

// waitable refuses to follow several batches in one view.
func (c *SubmitFile) waitable(files []cardFile) error {
	if c.Wait && len(files) > 1 {
		return fmt.Errorf("--wait: follows one file, and %d are to be sent; follow each with: submit watch BATCH", len(files))
	}

	return nil
}

// prepared refuses a queue that no worker has prepared, or that has no JetStream: there, waiting for an answer would be in vain.
func prepared(ctx context.Context, js jetstream.JetStream) error {
	asking, cancel := context.WithTimeout(ctx, noticeAfter)
	defer cancel()

	_, err := js.Stream(asking, jobs.StreamJobs)

	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return jobs.NotPrepared("stream " + jobs.StreamJobs)
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("looking for stream %s: %w", jobs.StreamJobs, err)
	default:
		return nil // what else may be wrong with it is waited for
	}
}

// errInterrupted ends a command before it has begun with the first file.
var errInterrupted = errors.New("interrupted; nothing was sent")

// noticeAfter is how long the queue may not answer before that is said.
const noticeAfter = 5 * time.Second

// retrying is the queue for people: it waits, and says for what.
func (c *SubmitFile) retrying(streams Streams, queue bulk.Queue) *bulk.RetryingQueue {
	return &bulk.RetryingQueue{
		Queue:     queue,
		MaxOutage: c.GiveUpAfter,
		OnWait: func(reason error, since time.Duration) {
			what := "the queue is full; waiting for workers to make room (see: submit status)"
			if errors.Is(reason, jobs.ErrNoAnswer) {
				what = fmt.Sprintf("the queue does not answer; waiting up to %s for it (--give-up-after)", c.GiveUpAfter)
			}

			if since >= time.Second {
				what += fmt.Sprintf("; for %s by now", since.Round(time.Second))
			}

			streams.note("\n" + what)
		},
		OnAnswer: func(after time.Duration) {
			streams.Notef("\nthe queue answers again after %s; going on", after.Round(time.Second))
		},
	}
}
