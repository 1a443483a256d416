package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"enroll.example/clicktopay/migrations"
)

// Migration is one numbered step of the schema.
type Migration struct {
	Version   int64
	Name      string    // as in the file name, without number and ending
	AppliedAt time.Time // zero: not applied
}

// ErrNoMigration is what MigrateDown returns when there is no step to take back.
var ErrNoMigration = errors.New("no migration is applied")

// MigrateUp brings the schema of the database at url to the version of this
// program and returns the steps it took, none when it was there already. Each
// step is a transaction. Several callers at once wait for each other behind an
// advisory lock, for up to five minutes. It works through a pooler in transaction mode too.
//
// The views come after the steps. Those that differ from this program's are
// replaced in one transaction, and keep their owners and rights. A database
// whose schema is newer keeps its views.
//
// A step that changes tables in use gives up after seconds rather than hold
// everybody up behind a long transaction, and is then to be tried again.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	return embedded().up(ctx, url)
}

func (f schemaFiles) up(ctx context.Context, url string) (applied []Migration, err error) {
	err = f.withLock(ctx, url, func(p *goose.Provider, views *databaseViews) error {
		results, err := p.Up(ctx)
		if err != nil {
			return err
		}

		steps, err := p.Status(ctx)
		for _, s := range steps {
			if len(results) > 0 && s.Source.Version >= results[0].Source.Version {
				applied = append(applied, migration(s))
			}
		}

		if err != nil {
			return err
		}

		return fitViews(ctx, p, views, len(results) > 0)
	})

	if err != nil {
		return applied, fmt.Errorf("migrating the database up: %w", advised(err))
	}

	return applied, nil
}

// MigrateDown takes the last applied step back, with the data it held, and
// returns it. The error wraps ErrNoMigration when there is none. The step that
// brought unenrollments is not taken back while there are any: the error says
// what to do. MigrateDownLosses tells before what it would take along.
//
// A view that the older schema cannot have is dropped before. It is made again,
// as the older program has it, by that program's MigrateUp.
func MigrateDown(ctx context.Context, url string) (Migration, error) {
	return embedded().down(ctx, url)
}

func (f schemaFiles) down(ctx context.Context, url string) (undone Migration, err error) {
	err = f.withLock(ctx, url, func(p *goose.Provider, views *databaseViews) error {
		if err := knownVersion(ctx, p); err != nil {
			return err
		}

		before, err := p.GetDBVersion(ctx)
		if err != nil {
			return err
		}

		if err := views.dropFrom(ctx, before); err != nil {
			return err
		}

		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return ErrNoMigration
		}

		if result != nil {
			undone = Migration{Version: result.Source.Version, Name: migrationName(result.Source.Path)}
		}

		return errors.Join(err, fitViews(ctx, p, views, false)) // those that were dropped as well, when the step was refused
	})

	if err != nil {
		return Migration{}, fmt.Errorf("migrating the database down: %w", advised(err))
	}

	return undone, nil
}

// fitViews makes the views for the version that the database has now. Those of a newer schema are the newer program's.
func fitViews(ctx context.Context, p *goose.Provider, views *databaseViews, again bool) error {
	have, newest, err := p.GetVersions(ctx)
	if err != nil || have > newest {
		return err
	}

	return views.fit(ctx, have, again)
}

// MigrationStatus returns every step this program knows, in order.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	var all []Migration

	err := embedded().withGoose(url, func(p *goose.Provider, _ *sql.DB) error {
		steps, err := p.Status(ctx)
		for _, s := range steps {
			all = append(all, migration(s))
		}

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the database's migrations: %w", failedToConnect(err))
	}

	return all, nil
}

// advised adds what to do about transactions that were in the step's way.
func advised(err error) error {
	if !contended(err) {
		return err
	}

	return fmt.Errorf("%w; another transaction holds a table or view that the step changes: run it again when that has ended", err)
}

// schemaFiles are what the schema is made of.
type schemaFiles struct {
	migrations fs.FS
	views      string
}

func embedded() schemaFiles { return schemaFiles{migrations: migrations.FS, views: migrations.Views} }

// withLock is withGoose for one caller at a time, who changes the schema.
func (f schemaFiles) withLock(ctx context.Context, url string, use func(*goose.Provider, *databaseViews) error) (err error) {
	all, err := parseViews(f.views)
	if err != nil {
		return err
	}

	config, err := migrationConfig(url)
	if err != nil {
		return err
	}

	unlock, err := lockMigrations(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	return f.withGoose(url, func(p *goose.Provider, db *sql.DB) error {
		views, err := openViews(ctx, db, all)
		if err != nil {
			return err
		}

		return use(p, views)
	})
}

// lockMigrations waits until nobody else migrates the database. The lock is goose's own, so that the programs before this
// one, which held it for a session, are waited for as well. It belongs to a transaction, because a session behind a pooler
// has another connection to the server each time. It is asked for, not waited in: the snapshot of a waiting statement would
// be in the way of CREATE INDEX CONCURRENTLY.
func lockMigrations(ctx context.Context, config *pgx.ConnConfig) (unlock func() error, err error) {
	const (
		pause   = 250 * time.Millisecond
		longest = 5 * time.Minute
	)

	ctx, cancel := context.WithTimeoutCause(ctx, longest, errors.New("another migration has been running for five minutes"))
	defer cancel()

	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connecting(err)
	}

	release := func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
		defer cancel()

		return conn.Close(ctx) // which ends the transaction
	}

	tick := time.NewTicker(pause)
	defer tick.Stop()

	for {
		locked, err := tryLock(ctx, conn)
		if locked {
			return release, nil
		}

		if err == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
		}

		return nil, errors.Join(fmt.Errorf("waiting for the migration lock: %w", explain(err)), release())
	}
}

// tryLock leaves a transaction open when it has the lock.
func tryLock(ctx context.Context, conn *pgx.Conn) (locked bool, err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginSQL + "; set local idle_in_transaction_session_timeout = 0"})
	if err != nil {
		return false, err
	}

	// By the simple protocol, which ends the statement with its answer: the portal of the other keeps its snapshot until the
	// next statement, and CREATE INDEX CONCURRENTLY would wait for it for ever.
	err = tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, pgx.QueryExecModeSimpleProtocol, lock.DefaultLockID).Scan(&locked)
	if err != nil || !locked {
		return false, errors.Join(err, tx.Rollback(ctx))
	}

	return true, nil
}

// migrationConfig is for connections that may go through a pooler. The settings of a URL that are the store's, among them
// its limits of time, are not those of a migration, which may take long.
func migrationConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, unreadable(err)
	}

	if !strings.Contains(url, modeSetting) {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}

	for _, setting := range transactionSettings() {
		delete(config.RuntimeParams, setting[0])
	}

	return config, nil
}

// withGoose opens the database for one use.
func (f schemaFiles) withGoose(url string, use func(*goose.Provider, *sql.DB) error) (err error) {
	config, err := migrationConfig(url)
	if err != nil {
		return err
	}

	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	provider, err := goose.NewProvider(goose.DialectPostgres, db, f.migrations, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}

	return use(provider, db)
}

func migration(s *goose.MigrationStatus) Migration {
	return Migration{Version: s.Source.Version, Name: migrationName(s.Source.Path), AppliedAt: s.AppliedAt}
}

// migrationName turns 00001_enrollments.sql into enrollments.
func migrationName(file string) string {
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
	return name
}
