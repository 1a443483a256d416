package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitRedrive is submit redrive.
type SubmitRedrive struct {
	DeadLetters `embed:""`
	Acting      `embed:""`

	Status  []store.Status `default:"dead,invalid" enum:"dead,invalid,in_doubt" help:"Statuses of the jobs: dead, invalid, in_doubt. A job in doubt may be enrolled already."`
	Job     string         `placeholder:"JOB_ID" help:"One job, whose letter is looked up instead of searched for."`
	Code    string         `help:"Reason or detail of the failure, such as UNAVAILABLE."`
	Batch   string         `help:"Batch of the jobs."`
	Program string         `help:"Program of the jobs."`
	Since   Age            `placeholder:"24h" help:"How old the dead letters may be, such as 24h or 21d, by the clock of the queue; default: all that are kept."`
	Rate    float64        `default:"0" help:"Jobs a second at most; 0 for no limit."`
	Why     string         `help:"Reason, for the account of acts."`
	DryRun  bool           `name:"dry-run" help:"Count the jobs and change nothing."`
	JSON    bool           `name:"json" help:"Print JSON, for programs."`
}

// Run redrives the jobs.
func (c *SubmitRedrive) Run(ctx context.Context, streams Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	js, ledger, end, err := c.open(ctx, "enroll submit redrive", streams)
	if err != nil {
		return err
	}
	defer end()

	options := redrive.Options{
		Filter: redrive.Filter{
			Statuses: c.Status, JobID: c.Job, Code: c.Code, Batch: c.Batch, Program: c.Program, MaxAge: time.Duration(c.Since),
		},
		Rate:   c.Rate,
		DryRun: c.DryRun,
	}

	traces := openTraces(ctx, c.Logger(streams.Err))
	defer traces.Close(ctx)

	options.TracerProvider = traces.Provider()
	under, done := traces.Run(ctx, "redrive jobs", spans.Program.String(c.Program), spans.Batch.String(c.Batch))

	bar := progress.New(streams.Err, "redriving", time.Now)
	options.OnProgress = func(done, total int) {
		bar.Update(int64(done), int64(total), fmt.Sprintf("%d of %d jobs", done, total))
	}

	account, err := c.redrive(under, js, ledger, options)

	done(err)

	bar.Close()

	if errors.Is(err, redrive.ErrNoStream) || errors.Is(err, nats.ErrNoResponders) { // there was nothing to begin with
		return err
	}

	if c.JSON {
		if failed := writeJSON(streams.Out, account); failed != nil {
			return failed
		}
	} else {
		writeAccount(streams.Out, account)
	}

	if err != nil {
		return fmt.Errorf("%w\nthe same command again does the rest, and nothing twice", err)
	}

	return c.nothing(ctx, streams, js, ledger, account)
}

// redrive does it, and has it kept if something may change.
func (c *SubmitRedrive) redrive(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store, o redrive.Options,
) (account redrive.Summary, err error) {
	run := func(ctx context.Context) (acts.Result, error) {
		account, err = redrive.Run(ctx, js, ledger, o)

		return acts.Result{Counts: map[string]int64{
			"selected": int64(account.Selected), "redriven": int64(account.Redriven), "left": int64(account.Left),
		}}, err
	}

	if c.DryRun {
		_, err = run(ctx)
		return account, err
	}

	act := acts.Act{Name: acts.Redrive, Program: c.Program, Scope: c.scope(), Why: c.Why}
	kept := c.Book(ledger).Do(ctx, act, run)

	return account, kept
}

// scope says which jobs are meant.
func (c *SubmitRedrive) scope() string {
	parts := []string{"status " + strings.Join(statusNames(c.Status), ",")}

	for _, part := range [][2]string{{"job", c.Job}, {"code", c.Code}, {"batch", c.Batch}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}

	if c.Since > 0 {
		parts = append(parts, "letters of the last "+time.Duration(c.Since).String())
	}

	return strings.Join(parts, ", ")
}

func statusNames(all []store.Status) (names []string) {
	for _, status := range all {
		names = append(names, string(status))
	}

	return names
}

func (c *SubmitRedrive) check() error {
	faults := []error{c.Check()}

	// A message without a readable id has its row, and its letter, under ~STREAM.SEQUENCE.
	if c.Job != "" && !jobs.ValidID(strings.TrimPrefix(c.Job, "~")) {
		faults = append(faults, fmt.Errorf(
			"--job: %q must be 1 to 64 of A-Z a-z 0-9 . _ -, or the key of a row such as ~ENROLL_JOBS.17", c.Job))
	}

	if c.Batch != "" && !jobs.ValidID(c.Batch) {
		faults = append(faults, fmt.Errorf("--batch: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch))
	}

	faults = append(faults, CheckProgram(c.Program))

	if c.Rate < 0 || math.IsNaN(c.Rate) {
		faults = append(faults, fmt.Errorf("--rate: %v must be 0 or more", c.Rate))
	}

	return settings.Faults(faults...)
}

// writeAccount prints an account for people.
func writeAccount(w io.Writer, a redrive.Summary) {
	redriven := "redriven"
	if a.DryRun {
		redriven = "would be redriven"
	}

	fmt.Fprintf(w, "%d dead letters, %d jobs selected: %d %s", a.Letters, a.Selected, a.Redriven, redriven)

	if a.Repeated > 0 {
		fmt.Fprintf(w, " (%d of them again, as no worker has begun them yet)", a.Repeated)
	}

	if a.Left > 0 {
		fmt.Fprintf(w, ", %d left", a.Left)
	}

	fmt.Fprintln(w)

	for _, count := range a.Kinds {
		why := strings.TrimSpace(count.Reason + " " + count.Detail)
		fmt.Fprintf(w, "  %6d  %s %s\n", count.Jobs, count.Status, printable(why))
	}

	for _, cause := range slices.Sorted(maps.Keys(a.Skipped)) {
		fmt.Fprintf(w, "  %6d  skipped: %s\n", a.Skipped[cause], cause)
	}

	if a.Unreadable > 0 {
		fmt.Fprintf(w, "  %6d  letters that cannot be read\n", a.Unreadable)
	}
}
