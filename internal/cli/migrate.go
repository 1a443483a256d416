package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// Migrate is worker migrate.
type Migrate struct {
	Up     MigrateUp     `cmd:"" help:"Apply what is missing. Several at once are fine: one does it, the others wait."`
	Down   MigrateDown   `cmd:"" help:"Take the latest migration back, with the data in it."`
	Status MigrateStatus `cmd:"" help:"List the migrations and when they were applied."`
}

// MigrateUp is worker migrate up.
type MigrateUp struct {
	settings.Database `embed:""`
}

// Run applies what is missing.
func (c *MigrateUp) Run(ctx context.Context, streams Streams) error {
	if err := c.Check(); err != nil {
		return err
	}

	applied, err := store.MigrateUp(ctx, c.Address())
	for _, migration := range applied {
		fmt.Fprintf(streams.Out, "applied %05d %s\n", migration.Version, migration.Name)
	}

	if err == nil && len(applied) == 0 {
		fmt.Fprintln(streams.Out, "nothing to apply")
	}

	return err
}

// MigrateDown is worker migrate down.
type MigrateDown struct {
	settings.Database `embed:""`

	Yes bool `help:"Really drop the tables of the latest migration and what is in them."`
}

// Run takes one migration back.
func (c *MigrateDown) Run(ctx context.Context, streams Streams) error {
	var sure error
	if !c.Yes {
		sure = errors.New("--yes: is missing; taking a migration back drops the data of its tables")
	}

	if err := settings.Faults(c.Check(), sure); err != nil {
		return err
	}

	migration, err := store.MigrateDown(ctx, c.Address())
	if err != nil {
		return err
	}

	fmt.Fprintf(streams.Out, "took back %05d %s\n", migration.Version, migration.Name)

	return nil
}

// MigrateStatus is worker migrate status.
type MigrateStatus struct {
	settings.Database `embed:""`
}

// Run lists the migrations.
func (c *MigrateStatus) Run(ctx context.Context, streams Streams) error {
	if err := c.Check(); err != nil {
		return err
	}

	migrations, err := store.MigrationStatus(ctx, c.Address())
	if err != nil {
		return err
	}

	return writeStatus(streams.Out, migrations)
}

func writeStatus(w io.Writer, migrations []store.Migration) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, migration := range migrations {
		applied := "pending"
		if !migration.AppliedAt.IsZero() {
			applied = "applied " + migration.AppliedAt.UTC().Format("2006-01-02 15:04:05Z")
		}

		fmt.Fprintf(table, "%05d\t%s\t%s\n", migration.Version, migration.Name, applied)
	}

	return table.Flush()
}
