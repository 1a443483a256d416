package workercli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Purge is worker purge.
type Purge struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	cli.Acting        `embed:""`
	cli.ForPrograms   `embed:""`

	Before   cli.Moment `placeholder:"DATE" help:"Jobs that ended before then: a date (UTC), a time or an age such as 365d. With --consumer it can be left out: all that have ended."`
	Program  string     `help:"Only jobs of this program."`
	Batch    string     `help:"Only jobs of this batch."`
	Consumer string     `placeholder:"EXTERNAL_ID" help:"Only jobs of the consumer that you call by this key, and of their cards."`
	Prove    bool       `help:"Delete nothing: print what is left, and search for the consumer everywhere. Exit code 3 when something is left."`
	DryRun   bool       `name:"dry-run" help:"Count the jobs and delete nothing."`
	Why      string     `help:"Reason, for the account of acts."`
	Rate     float64    `default:"5000" help:"Jobs a second at most; 0 for no limit."`
	Yes      bool       `help:"Delete them without asking."`
}

// Run deletes, or proves.
func (c *Purge) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	logger := c.Logger(streams.Err)

	ledger, err := c.Open(ctx, logger)
	if err != nil {
		return err
	}
	defer ledger.Close()

	js, disconnect, err := c.Connect("enroll worker purge", logger)
	if err != nil {
		return err
	}
	defer disconnect()

	if c.Prove {
		return c.prove(ctx, streams, js, ledger)
	}

	return c.purge(ctx, streams, js, ledger)
}

func (c *Purge) check() error {
	faults := []error{c.Database.Check(), c.CheckQueue(), cli.CheckProgram(c.Program)}
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	if c.Batch != "" && !jobs.ValidID(c.Batch) {
		fault("--batch: %.70q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch)
	}

	if c.Batch != "" && c.Consumer != "" {
		fault("--batch: cannot be given with --consumer: a consumer is forgotten in all batches")
	}

	if c.Batch != "" && c.Prove {
		fault("--batch: cannot be given with --prove")
	}

	if c.Before.IsZero() && c.Consumer == "" && !c.Prove {
		fault("--before: is missing; or give --consumer")
	}

	if c.Rate < 0 || math.IsNaN(c.Rate) {
		fault("--rate: %v must be 0 or more", c.Rate)
	}

	if pan.LooksLikeCard(c.Consumer) {
		fault("--consumer: may be a card number, and is not looked for")
	}

	if c.Consumer != "" && strings.Contains(c.Why+" "+c.By, c.Consumer) {
		fault("--why: names the consumer, who would not be forgotten: name the request instead")
	}

	return settings.Faults(faults...)
}

// scope is what is meant, by Postgres' clock.
func (c *Purge) scope(ctx context.Context, ledger *store.Store) (store.EndedScope, error) {
	if err := ledger.ReadClock(ctx); err != nil {
		return store.EndedScope{}, err
	}

	now := ledger.Now()
	scope := store.EndedScope{Batch: c.Batch, Consumer: c.Consumer, Before: now}

	if c.Program != "" {
		scope.Programs = []string{c.Program}
	}

	if !c.Before.IsZero() {
		scope.Before = c.Before.Before(now)
	}

	if scope.Before.After(now) {
		return scope, settings.Faultf("--before: %s is in the future, by the database's clock (%s)",
			scope.Before.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}

	return scope, nil
}

// about says in words what is meant, without the consumer: the account of acts must not keep them.
func (c *Purge) about(scope store.EndedScope) string {
	text := "ended before " + scope.Before.UTC().Format(time.RFC3339)

	if c.Batch != "" {
		text = "batch " + c.Batch + ", " + text
	}

	if c.Consumer != "" {
		text = "consumer sha256:" + digest(c.Consumer) + ", " + text
	}

	return text
}

// digest stands for a consumer who is not named.
func digest(consumer string) string {
	sum := sha256.Sum256([]byte(consumer))

	return hex.EncodeToString(sum[:])
}

// plan finds out what is meant.
func (c *Purge) plan(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store, scope store.EndedScope, told func(forget.Stage, int64, int64),
) (*forget.Purge, error) {
	return forget.New(ctx, js, ledger, forget.Options{Scope: scope, Rate: c.Rate, OnProgress: told})
}

// unfinished says what to do about a purge that has left something.
func unfinished(a forget.Account, err error) error {
	if _, undone := errors.AsType[*forget.UndoneError](err); undone {
		return fmt.Errorf("%w\nthe same command again does that, and nothing twice", err)
	}

	if err == nil && a.Left > 0 {
		return fmt.Errorf("%d jobs were locked, or changed meanwhile: the same command again purges them", a.Left)
	}

	return err
}
