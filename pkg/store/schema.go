package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"enroll.example/clicktopay/migrations"
)

// ErrSchema is wrapped by Open's error when this program does not work with the database's schema. The error names both
// versions and what to do.
var ErrSchema = errors.New("the database schema does not fit this program")

// Schema is how the schema of a database stands to a program.
type Schema struct {
	// Have is the version of the database, zero for one that was never migrated.
	Have int64
	// Known is the newest version that the program knows.
	Known int64
	// Oldest is, of a schema that is newer than that, the oldest version whose programs work with it, as its migrations say; zero
	// where they do not say.
	Oldest int64
}

// Newer reports whether the schema is newer than the program, which works with it all the same.
func (s Schema) Newer() bool { return s.Have > s.Known && s.Oldest > 0 && s.Known >= s.Oldest }

// String says how they stand to each other.
func (s Schema) String() string {
	switch {
	case s.Have == s.Known:
		return fmt.Sprintf("version %d", s.Have)
	case s.Have < s.Known:
		return fmt.Sprintf("it has version %d and should have %d", s.Have, s.Known)
	case s.Newer():
		return fmt.Sprintf("it has version %d, which works with programs that know version %d or later; this one knows %d",
			s.Have, s.Oldest, s.Known)
	case s.Oldest > 0:
		return fmt.Sprintf("it has version %d, which works with programs that know version %d or later, and this program knows %d",
			s.Have, s.Oldest, s.Known)
	default:
		return fmt.Sprintf("it has version %d and this program knows %d", s.Have, s.Known)
	}
}

// Advice is what to do; "" where nothing is to be done.
func (s Schema) Advice() string {
	switch {
	case s.Have < s.Known:
		return "run: worker migrate up"
	case s.Newer():
		return "upgrade this program as well"
	case s.Have > s.Known:
		return "use the newer program, or run its: worker migrate down"
	default:
		return ""
	}
}

// Err is nil where the program works with the schema, and wraps ErrSchema where not.
func (s Schema) Err() error {
	if s.Have == s.Known || s.Newer() {
		return nil
	}

	return fmt.Errorf("%w: %s; %s", ErrSchema, s, s.Advice())
}

// ReadSchema asks a database, by a function that reads one row, how its schema stands to this program.
func ReadSchema(ctx context.Context, one func(ctx context.Context, question string, into ...any) error) (Schema, error) {
	const undefinedTable = "42P01"

	known, err := SchemaVersion()
	if err != nil {
		return Schema{}, err
	}

	s := Schema{Known: known}

	// Both in one statement: between two, a step could be taken back, and its row with it. A step that does not say it works with
	// earlier programs does not.
	err = one(ctx, `
		SELECT have.version, coalesce((
		    SELECT max(s.oldest) FROM schema_support s HAVING bool_or(s.version = have.version)), 0)
		FROM (SELECT coalesce(max(version_id), 0) AS version FROM goose_db_version WHERE is_applied) have`, &s.Have, &s.Oldest)
	if sqlstate(err) == undefinedTable { // the schema of a version from before steps said so, or none
		err = one(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`, &s.Have)
	}

	if err != nil && sqlstate(err) != undefinedTable {
		return s, fmt.Errorf("reading the database's schema version: %w", err)
	}

	if s.Have <= s.Known {
		s.Oldest = 0
	}

	return s, nil
}

// checkSchema compares the database's version with the newest migration embedded here.
func (s *Store) checkSchema(ctx context.Context, logger *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()

	schema, err := s.Schema(ctx)
	if err != nil {
		return err
	}

	if schema.Newer() {
		logger.WarnContext(ctx, "the database's schema is newer than this program, which works with it",
			"version", schema.Have, "known", schema.Known, "oldest", schema.Oldest, "what_to_do", schema.Advice())
	}

	return schema.Err()
}

// Schema asks the database how its schema stands to this program.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	return ReadSchema(ctx, func(ctx context.Context, question string, into ...any) error {
		return s.db.queryRow(ctx, question, nil, into...)
	})
}

// SchemaVersion is the number of the newest migration of this program. The database has to have it, or a newer one that says it
// works with programs of this one.
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
