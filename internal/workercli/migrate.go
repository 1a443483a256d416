package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// Migrate is worker migrate.
type Migrate struct {
	Up     MigrateUp     `cmd:"" help:"Apply what is missing. Several at once are fine: one does it, the others wait."`
	Down   MigrateDown   `cmd:"" help:"Take the latest migration back, with the data in it, which is counted before."`
	Status MigrateStatus `cmd:"" help:"List the migrations and when they were applied."`
}

// MigrateUp is worker migrate up.
type MigrateUp struct {
	settings.Database `embed:""`
	cli.ForPrograms   `embed:""`
}

// Run applies what is missing.
func (c *MigrateUp) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.Check(); err != nil {
		return err
	}

	out := c.Said(streams).Out

	applied, err := store.MigrateUp(ctx, c.Address())
	for _, migration := range applied {
		fmt.Fprintf(out, "applied %05d %s\n", migration.Version, migration.Name)
	}

	if err == nil && len(applied) == 0 {
		fmt.Fprintln(out, "nothing to apply")
	}

	return errors.Join(c.Named(err), c.Print(streams, migrationsOf(applied...)))
}

// MigrateStatus is worker migrate status.
type MigrateStatus struct {
	settings.Database `embed:""`
	cli.ForPrograms   `embed:""`
}

// Run lists the migrations.
func (c *MigrateStatus) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.Check(); err != nil {
		return err
	}

	migrations, err := store.MigrationStatus(ctx, c.Address())
	if err != nil {
		return c.Named(err)
	}

	if c.JSON {
		return c.Print(streams, migrationsOf(migrations...))
	}

	return writeStatus(streams.Out, migrations)
}

// migrationLine is a migration for programs.
type migrationLine struct {
	Version   int64     `json:"version"`
	Name      string    `json:"name"`
	AppliedAt time.Time `json:"applied_at,omitzero"`
}

func migrationsOf(migrations ...store.Migration) []migrationLine {
	lines := []migrationLine{}
	for _, m := range migrations {
		lines = append(lines, migrationLine(m))
	}

	return lines
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
