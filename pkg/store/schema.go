package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"enroll.example/clicktopay/migrations"
)

// ErrSchema is wrapped by Open's error when the database's schema is not the one
// this program was built for. The error names both versions and what to run.
var ErrSchema = errors.New("the database schema does not fit this program")

// checkSchema compares the database's version with the newest migration embedded here.
func (s *Store) checkSchema(ctx context.Context) error {
	want, err := SchemaVersion()
	if err != nil {
		return err
	}

	have, err := s.databaseVersion(ctx)

	switch {
	case err != nil:
		return fmt.Errorf("reading the database's schema version: %w", err)
	case have < want:
		return fmt.Errorf("%w: it has version %d and should have %d; run: worker migrate up", ErrSchema, have, want)
	case have > want:
		return fmt.Errorf("%w: it has version %d and this program knows %d; use the newer program, or run its: worker migrate down",
			ErrSchema, have, want)
	}

	return nil
}

// databaseVersion is 0 for a database that was never migrated.
func (s *Store) databaseVersion(ctx context.Context) (int64, error) {
	const undefinedTable = "42P01"

	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()

	var version int64

	err := s.db.queryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`, nil, &version)
	if sqlstate(err) == undefinedTable {
		return 0, nil
	}

	return version, err
}

// SchemaVersion is the number of the newest migration of this program, which the database has to have.
func SchemaVersion() (int64, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("listing the migrations: %w", err)
	}

	var newest int64

	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return 0, fmt.Errorf("reading the number of migration %s: %w", file, err)
		}

		newest = max(newest, version)
	}

	return newest, nil
}
