package workercli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/pkg/store"
)

// purge says what is meant, asks, and deletes it.
func (c *Purge) purge(ctx context.Context, streams cli.Streams, js jetstream.JetStream, ledger *store.Store) error {
	scope, err := c.scope(ctx, ledger)
	if err != nil {
		return err
	}

	bar := progress.New(streams.Err, "purging", time.Now)

	plan, err := c.plan(ctx, js, ledger, scope, func(stage forget.Stage, done, total int64) {
		bar.Update(done, total, fmt.Sprintf("%s: %d of %d", stage, done, total))
	})
	if err != nil {
		return err
	}

	out := c.Said(streams).Out
	c.foretell(out, plan, scope)

	if c.DryRun {
		return c.Print(streams, c.report(scope, plan.Account()))
	}

	if !c.Yes && plan.Account().Jobs > 0 {
		if err := sure(streams, "They cannot be brought back. Delete them?", "nothing was deleted"); err != nil {
			return err
		}
	}

	account, err := c.run(ctx, ledger, plan, scope)

	bar.Close()
	writePurged(out, account)

	if failed := c.Print(streams, c.report(scope, account)); failed != nil {
		return failed
	}

	if err := unfinished(account, err); err != nil {
		return err
	}

	if c.Consumer != "" && account.NotEnded > 0 {
		return cli.ErrFound // not forgotten yet
	}

	return nil
}

// run deletes, and has it kept who did.
func (c *Purge) run(
	ctx context.Context, ledger *store.Store, plan *forget.Purge, scope store.EndedScope,
) (account forget.Account, err error) {
	act := acts.Act{Name: acts.Purge, Program: c.Program, Scope: c.about(scope), Why: c.Why}

	err = c.Book(ledger).Do(ctx, act, func(ctx context.Context) (acts.Result, error) {
		var err error
		account, err = plan.Run(ctx)

		return acts.Result{Counts: map[string]int64{
			"jobs": account.Purged, "attempts": account.Attempts, "letters": account.Letters, "events": account.Events,
			"months of attempts": account.Months, "other rows": account.Others, "not ended": account.NotEnded,
		}}, err
	})

	return account, err
}

// foretell says what is meant.
func (c *Purge) foretell(w io.Writer, plan *forget.Purge, scope store.EndedScope) {
	account := plan.Account()

	programs, all := plan.Programs()
	of := "of " + strings.Join(programs, ", ")

	switch {
	case all:
		of = strings.TrimSuffix("of all programs ("+strings.Join(programs, ", ")+")", " ()")
	case c.Batch != "":
		of = "of batch " + c.Batch
	case c.Consumer != "":
		of = "of the consumer"
	}

	fmt.Fprintf(w, "%d jobs %s ended before %s\n", account.Jobs, of, scope.Before.UTC().Format(time.RFC3339))

	if account.NotEnded > 0 {
		fmt.Fprintf(w, "%d jobs %s have not ended, and stay whatever their age\n", account.NotEnded, of)
	}
}

// writePurged is an account for people.
func writePurged(w io.Writer, a forget.Account) {
	for _, line := range []struct {
		n    int64
		what string
	}{
		{a.Purged, "jobs purged; their ids stay taken"},
		{a.Attempts, "attempts deleted"},
		{a.Months, "months of attempts taken away as a whole"},
		{a.Letters, "dead letters overwritten"},
		{a.Events, "events overwritten"},
		{a.Others, "rows about lines and rejects of files, and batches of the API, deleted"},
	} {
		fmt.Fprintf(w, "  %8d  %s\n", line.n, line.what)
	}

	if a.Kept > 0 {
		fmt.Fprintf(w, "  %8d  messages name the consumer, are of jobs that have not ended, and stay\n", a.Kept)
	}
}

// purgeReport is an account for programs.
type purgeReport struct {
	forget.Account

	Before  time.Time `json:"before"`
	Program string    `json:"program,omitempty"`
	Batch   string    `json:"batch,omitempty"`
	DryRun  bool      `json:"dry_run,omitempty"`
}

func (c *Purge) report(scope store.EndedScope, account forget.Account) purgeReport {
	if account.Done == nil {
		account.Done = []forget.Stage{}
	}

	return purgeReport{account, scope.Before.UTC(), c.Program, c.Batch, c.DryRun}
}
