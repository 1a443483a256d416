package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/process"
)

// Upgrade is a change of versions while jobs and faults go on: the schema goes forward, workers of the version before and of this
// one run beside each other over it, the fleet is rolled back, and is upgraded again.
type Upgrade struct {
	// Executable of the version before: its test of this package. Empty for this version, whose schema is the one before then.
	Executable string
	// Prepare makes the schema of the version before, Forward brings it to that of this one, and Back takes it back. They get
	// the address of the database, and are tried again when a fault has cut them off.
	Prepare, Forward, Back func(ctx context.Context, url string) error
}

// Names of the workers' versions, with which the names of workers begin.
const (
	OldVersion = "old"
	NewVersion = "worker"
)

// build is one version of the workers.
type build struct {
	name       string
	executable string // "" for the one of this process
}

func (b build) start(ctx context.Context, config workerConfig, log io.Writer) (*process.Child, error) {
	if b.executable == "" {
		return process.Start(ctx, workerRole, config, log)
	}

	return process.StartOf(ctx, b.executable, workerRole, config, log)
}

func (u *Upgrade) old() build {
	if u == nil {
		return build{name: NewVersion}
	}

	return build{name: OldVersion, executable: u.Executable}
}

func (u *Upgrade) prepare(ctx context.Context, url string) error {
	if u != nil {
		return u.Prepare(ctx, url)
	}

	_, err := store.MigrateUp(ctx, url)

	return err
}

// changes are what is changed while faults are played, and when.
type changes struct {
	at   []change
	next chan int // the faults that were reached
	out  io.Writer
}

type change struct {
	name  string
	fault int // before which it is made
	make  func(context.Context) error
}

// schemaPatience is for a migration that faults cut off, again and again.
const schemaPatience = 3 * time.Minute

// changes returns those of an upgrade, spread over the script; none without one.
func (h *harness) changes(faults int) *changes {
	c := &changes{next: make(chan int, faults+1), out: h.options.Out}

	u := h.options.Upgrade
	if u == nil {
		return c
	}

	steps := []change{
		{name: "the schema goes forward, under workers of the version before", make: h.migrating(u.Forward)},
		{name: "a worker of this version beside those before", make: h.turning(build{name: NewVersion}, 0)},
		{name: "another one", make: h.turning(build{name: NewVersion}, 1)},
		{name: "rolled back", make: h.rollingBack(u)},
		{name: "the schema goes forward again", make: h.migrating(u.Forward)},
		{name: "all of this version", make: h.turning(build{name: NewVersion}, 0, 1, 2)},
	}

	for i := range steps {
		steps[i].fault = faults * (i + 1) / (len(steps) + 1)
	}

	c.at = steps

	return c
}

// reached tells how far the script is.
func (c *changes) reached(fault int) { c.next <- fault }

// make makes the changes, each when its turn has come and the one before is made. What is left at the end of the script is made
// then.
func (c *changes) make(ctx context.Context) error {
	reached := -1

	for _, change := range c.at {
		for reached < change.fault {
			select {
			case reached = <-c.next:
			case <-ctx.Done():
				return nil
			}
		}

		_, _ = fmt.Fprintf(c.out, "    * %s\n", change.name)

		if err := change.make(ctx); err != nil {
			return fmt.Errorf("%s: %w", change.name, err)
		}
	}

	return nil
}

// migrating changes the schema, as often as faults make it fail.
func (h *harness) migrating(step func(ctx context.Context, url string) error) func(context.Context) error {
	return func(ctx context.Context) error {
		return persist(ctx, schemaPatience, func() error { return step(ctx, h.database.url()) })
	}
}

// turning replaces workers by those of another version, one after the other.
func (h *harness) turning(to build, slots ...int) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, i := range slots {
			if err := h.slots[i].turnTo(to); err != nil {
				return err
			}

			wait(ctx, respawn)
		}

		return nil
	}
}

// rollingBack brings the version before back. One that does not start at the newer schema tries until that is back.
func (h *harness) rollingBack(u *Upgrade) func(context.Context) error {
	return func(ctx context.Context) error {
		turn, back := h.turning(u.old(), 0, 1, 2), h.migrating(u.Back)

		return errors.Join(turn(ctx), back(ctx))
	}
}
