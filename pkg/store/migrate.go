package store

import (
	"context"
	"errors"
	"fmt"
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
// A step that changes tables in use gives up after seconds rather than hold
// everybody up behind a long transaction, and is then to be tried again.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	var applied []Migration

	err := withLock(ctx, url, func(p *goose.Provider) error {
		results, err := p.Up(ctx)
		if err != nil || len(results) == 0 {
			return err
		}

		steps, err := p.Status(ctx)
		for _, s := range steps {
			if s.Source.Version >= results[0].Source.Version {
				applied = append(applied, migration(s))
			}
		}

		return err
	})
	if err != nil {
		return applied, fmt.Errorf("migrating the database up: %w", advised(err))
	}

	return applied, nil
}

// MigrateDown takes the last applied step back, with the data it held, and
// returns it. The error wraps ErrNoMigration when there is none. The step that
// brought unenrollments is not taken back while there are any: the error says
// what to do.
func MigrateDown(ctx context.Context, url string) (Migration, error) {
	var undone Migration

	err := withLock(ctx, url, func(p *goose.Provider) error {
		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return ErrNoMigration
		}

		if result != nil {
			undone = Migration{Version: result.Source.Version, Name: migrationName(result.Source.Path)}
		}

		return err
	})
	if err != nil {
		return Migration{}, fmt.Errorf("migrating the database down: %w", advised(err))
	}

	return undone, nil
}

// MigrationStatus returns every step this program knows, in order.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	var all []Migration

	err := withGoose(url, func(p *goose.Provider) error {
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

	return fmt.Errorf("%w; another transaction holds a table that the step changes: run it again when that has ended", err)
}

// withLock is withGoose for one caller at a time.
func withLock(ctx context.Context, url string, use func(*goose.Provider) error) (err error) {
	config, err := migrationConfig(url)
	if err != nil {
		return err
	}

	unlock, err := lockMigrations(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	return withGoose(url, use)
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

	err = tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, lock.DefaultLockID).Scan(&locked)
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
func withGoose(url string, use func(*goose.Provider) error) (err error) {
	config, err := migrationConfig(url)
	if err != nil {
		return err
	}

	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}

	return use(provider)
}

func migration(s *goose.MigrationStatus) Migration {
	return Migration{Version: s.Source.Version, Name: migrationName(s.Source.Path), AppliedAt: s.AppliedAt}
}

// migrationName turns 00001_enrollments.sql into enrollments.
func migrationName(file string) string {
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
	return name
}
