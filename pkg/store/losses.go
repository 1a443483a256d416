package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Loss is what taking a migration back removes or changes of one table.
type Loss struct {
	Table string
	// Column that is dropped; "" for the whole table, or for rows of it.
	Column string
	// Rows says which rows of the table go or change, as SQL; "" where the table or the column goes.
	Rows string
	// Changed: the rows stay, and something in them is overwritten.
	Changed bool
	// Count is how many rows, or values of the column that say more than its default.
	Count int64
	// Estimated: counting took too long, and Count is about how many rows the table has.
	Estimated bool
}

// String says what goes.
func (l Loss) String() string {
	switch {
	case l.Column != "":
		return fmt.Sprintf("column %s.%s: %s", l.Table, l.Column, l.number("value"))
	case l.Rows != "" && l.Changed:
		return fmt.Sprintf("table %s: %s overwritten, WHERE %s", l.Table, l.number("row"), l.Rows)
	case l.Rows != "":
		return fmt.Sprintf("table %s: %s, WHERE %s", l.Table, l.number("row"), l.Rows)
	default:
		return fmt.Sprintf("table %s: %s", l.Table, l.number("row"))
	}
}

func (l Loss) number(of string) string {
	text := fmt.Sprintf("%d %s", l.Count, of)
	if l.Count != 1 {
		text += "s"
	}

	if l.Estimated {
		text = "up to about " + text
	}

	return text
}

// countTimeout bounds the counting of one loss: a table may have a hundred million rows.
const countTimeout = 20 * time.Second

// MigrateDownLosses returns the step that MigrateDown would take back, and what would be lost, without changing anything. The
// error wraps ErrNoMigration when there is no such step.
func MigrateDownLosses(ctx context.Context, url string) (Migration, []Loss, error) {
	var (
		last   Migration
		losses []Loss
	)

	files := embedded()

	err := files.withGoose(url, func(p *goose.Provider, db *sql.DB) error {
		step, err := lastApplied(ctx, p)
		if err != nil {
			return err
		}

		last = migration(step)

		text, err := fs.ReadFile(files.migrations, path.Base(step.Source.Path))
		if err != nil {
			return fmt.Errorf("reading migration %d: %w", last.Version, err)
		}

		losses = lossesOf(string(text))
		for i := range losses {
			if losses[i], err = losses[i].counted(ctx, db); err != nil {
				return fmt.Errorf("counting what would be lost of %s: %w", losses[i].Table, err)
			}
		}

		return nil
	})
	if err != nil {
		return last, nil, fmt.Errorf("looking at what taking a migration back would lose: %w", failedToConnect(err))
	}

	return last, losses, nil
}

// lastApplied is the newest step of the database.
func lastApplied(ctx context.Context, p *goose.Provider) (*goose.MigrationStatus, error) {
	if err := knownVersion(ctx, p); err != nil {
		return nil, err
	}

	steps, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}

	for _, step := range slices.Backward(steps) {
		if step.State == goose.StateApplied {
			return step, nil
		}
	}

	return nil, ErrNoMigration
}

// knownVersion refuses a database whose last step this program does not have.
func knownVersion(ctx context.Context, p *goose.Provider) error {
	have, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}

	if have > newest {
		return fmt.Errorf("%w: it has version %d and this program knows %d; take migrations back with the program that brought them",
			ErrSchema, have, newest)
	}

	return nil
}

// counted is the loss with its count.
func (l Loss) counted(ctx context.Context, db *sql.DB) (_ Loss, err error) {
	const canceled = "57014"

	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()

	where, err := l.condition(ctx, tx)
	if err != nil {
		return l, err
	}

	limit := fmt.Sprintf("SET LOCAL statement_timeout = '%s'", milliseconds(countTimeout))
	if _, err := tx.ExecContext(ctx, limit); err != nil {
		return l, err
	}

	table := pgx.Identifier{l.Table}.Sanitize()

	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table+where).Scan(&l.Count)
	if sqlstate(err) != canceled || ctx.Err() != nil {
		return l, err
	}

	l.Estimated = true

	err = db.QueryRowContext(ctx, `
		SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c
		WHERE c.oid = to_regclass($1) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass($1))`,
		table).Scan(&l.Count)

	return l, err
}

// condition selects the rows that lose something. A value that is the default of its column says nothing.
func (l Loss) condition(ctx context.Context, tx *sql.Tx) (string, error) {
	switch {
	case l.Rows != "":
		return " WHERE " + l.Rows, nil
	case l.Column == "":
		return "", nil
	}

	var plain string

	err := tx.QueryRowContext(ctx, `
		SELECT coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped`,
		pgx.Identifier{l.Table}.Sanitize(), l.Column).Scan(&plain)
	if err != nil {
		return "", err
	}

	column := pgx.Identifier{l.Column}.Sanitize()
	where := " WHERE " + column + " IS NOT NULL"

	if plain != "" && !strings.Contains(plain, "(") { // a constant
		where += " AND " + column + " IS DISTINCT FROM " + plain
	}

	return where, nil
}
