package store

import (
	"context"
	"database/sql"
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
// advisory lock, for up to five minutes.
//
// A step that changes tables in use gives up after seconds rather than hold
// everybody up behind a long transaction, and is then to be tried again.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	var applied []Migration

	err := withGoose(url, func(p *goose.Provider) error {
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

	err := withGoose(url, func(p *goose.Provider) error {
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
		return nil, fmt.Errorf("reading the database's migrations: %w", err)
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

// withGoose opens the database for one use. The session lock is asked for, not
// waited in: a waiting session would deadlock with CREATE INDEX CONCURRENTLY.
func withGoose(url string, use func(*goose.Provider) error) (err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("parsing the database URL: %w", err)
	}

	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()

	provider, err := newGoose(db)
	if err != nil {
		return err
	}

	return use(provider)
}

func newGoose(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // every second, 300 times
	if err != nil {
		return nil, fmt.Errorf("preparing the migration lock: %w", err)
	}

	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}

	return provider, nil
}

func migration(s *goose.MigrationStatus) Migration {
	return Migration{Version: s.Source.Version, Name: migrationName(s.Source.Path), AppliedAt: s.AppliedAt}
}

// migrationName turns 00001_enrollments.sql into enrollments.
func migrationName(file string) string {
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
	return name
}
