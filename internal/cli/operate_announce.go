package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitAnnounce is submit announce.
type SubmitAnnounce struct {
	DeadLetters `embed:""`
	Acting      `embed:""`
	ForPrograms `embed:""`

	Since          Moment   `required:"" placeholder:"TIME" help:"Outcomes of jobs that ended since then: a date (UTC), a time or an age such as 10d."`
	Until          Moment   `placeholder:"TIME" help:"And before then; default: now."`
	Program        string   `help:"Only jobs of this program."`
	IntakeKeyFiles []string `name:"intake-key-files" placeholder:"FILE" help:"Private intake keys, with which events of pushes have their receipt; these end after 15 minutes."`
	Rate           float64  `default:"1000" help:"Events a second at most; 0 for no limit."`
	Why            string   `help:"Reason, for the account of acts."`
	DryRun         bool     `name:"dry-run" help:"Count the jobs and publish nothing."`
}

// Run publishes the events.
func (c *SubmitAnnounce) Run(ctx context.Context, streams Streams) error {
	keys, err := c.check()
	if err != nil {
		return err
	}

	js, ledger, end, err := c.open(ctx, "enroll submit announce", streams)
	if err != nil {
		return err
	}
	defer end()

	scope, err := c.scope(ctx, ledger)
	if err != nil {
		return err
	}

	total, err := ledger.CountEnded(ctx, scope)
	if err != nil {
		return err
	}

	out := c.Said(streams).Out
	fmt.Fprintf(out, "%d jobs %s\n", total, spanOf(scope))

	report := announced{From: scope.From, Until: scope.Before.UTC(), Jobs: total, DryRun: c.DryRun}
	if c.DryRun {
		return c.Print(streams, report)
	}

	bar := progress.New(streams.Err, "announcing", time.Now)
	options := announce.AgainOptions{Scope: scope, Keys: keys, Rate: c.Rate, OnProgress: func(done int64) {
		bar.Update(done, max(total, done), fmt.Sprintf("%d of %d events", done, total))
	}}

	report.AgainAccount, err = c.announce(ctx, js, ledger, options)

	bar.Close()
	c.told(ctx, out, js, report.AgainAccount)

	if failed := c.Print(streams, report); failed != nil {
		return failed
	}

	return c.undone(report.AgainAccount, err)
}

func (c *SubmitAnnounce) check() (keys *jobs.KeyRing, err error) {
	faults := []error{c.Check(), CheckProgram(c.Program)}

	if c.Rate < 0 || math.IsNaN(c.Rate) {
		faults = append(faults, fmt.Errorf("--rate: %v must be 0 or more", c.Rate))
	}

	if len(c.IntakeKeyFiles) > 0 {
		keys, err = jobs.LoadKeyRing(c.IntakeKeyFiles...)
		faults = append(faults, settings.About("intake-key-files", err))
	}

	return keys, settings.Faults(faults...)
}

// scope is what is meant, by Postgres' clock.
func (c *SubmitAnnounce) scope(ctx context.Context, ledger *store.Store) (store.EndedScope, error) {
	if err := ledger.ReadClock(ctx); err != nil {
		return store.EndedScope{}, err
	}

	now := ledger.Now()
	scope := store.EndedScope{From: c.Since.Before(now), Before: now, Programs: []string{c.Program}}

	if !c.Until.IsZero() {
		scope.Before = c.Until.Before(now)
	}

	if !scope.From.Before(scope.Before) {
		return scope, settings.Faultf("--since: nothing can have %s", spanOf(scope))
	}

	if c.Program != "" {
		return scope, nil
	}

	var err error
	scope.Programs, err = ledger.Programs(ctx)

	return scope, err
}

// spanOf says of which time the jobs are.
func spanOf(scope store.EndedScope) string {
	return fmt.Sprintf("ended from %s to %s", scope.From.Format(time.RFC3339), scope.Before.UTC().Format(time.RFC3339))
}

// announce does it, and has it kept.
func (c *SubmitAnnounce) announce(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store, o announce.AgainOptions,
) (account announce.AgainAccount, err error) {
	act := acts.Act{Name: acts.Announce, Program: c.Program, Scope: spanOf(o.Scope), Why: c.Why}

	err = c.Book(ledger).Do(ctx, act, func(ctx context.Context) (acts.Result, error) {
		var err error
		account, err = announce.Again(ctx, js, ledger, o)

		return acts.Result{Counts: map[string]int64{"events": account.Announced, "duplicates": account.Duplicates}}, err
	})

	return account, err
}

// told says what the numbers mean.
func (c *SubmitAnnounce) told(ctx context.Context, w io.Writer, js jetstream.JetStream, a announce.AgainAccount) {
	fmt.Fprintf(w, "  %8d  events published\n", a.Announced-a.Duplicates)

	if a.Duplicates > 0 {
		fmt.Fprintf(w, "  %8d  events had been published within the queue's window for duplicates%s: they are in the stream, once\n",
			a.Duplicates, windowOf(ctx, js))
	}

	if a.WithoutPush > 0 {
		fmt.Fprintf(w, "  %8d  of pushes are without their receipt, which has ended; to have it, --intake-key-files\n", a.WithoutPush)
	}
}

// windowOf says how long the queue knows the ids of events; nothing where it does not say.
func windowOf(ctx context.Context, js jetstream.JetStream) string {
	const timeout = 5 * time.Second

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()

	stream, err := js.Stream(ctx, jobs.StreamOutcomes)
	if err != nil {
		return ""
	}

	return fmt.Sprintf(" (%s)", stream.CachedInfo().Config.Duplicates)
}

// undone says how to go on.
func (c *SubmitAnnounce) undone(a announce.AgainAccount, err error) error {
	if err == nil {
		return nil
	}

	if a.Through.IsZero() {
		return fmt.Errorf("%w\nthe same command again begins anew; an event that comes twice has one id", err)
	}

	return fmt.Errorf("%w\nwhat ended up to %s is announced; to go on there: --since %s", err,
		a.Through.Format(time.RFC3339Nano), a.Through.Format(time.RFC3339Nano))
}

// announced is what was announced, for programs.
type announced struct {
	announce.AgainAccount

	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Jobs   int64     `json:"jobs"`
	DryRun bool      `json:"dry_run,omitempty"`
}
