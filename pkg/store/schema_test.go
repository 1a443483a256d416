package store_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/migrations"
	"enroll.example/clicktopay/pkg/store"
)

// A schema that is newer than the program is worked with where its migrations say that they let this program go on.
func TestASchemaThatIsNewer(t *testing.T) {
	t.Parallel()

	known, err := store.SchemaVersion()
	require.NoError(t, err)

	type step struct{ version, oldest int64 } // no row for an oldest of zero

	for name, c := range map[string]struct {
		steps []step
		fits  bool
		says  []string
	}{
		"by a step that works with the version before": {[]step{{known + 1, known}}, true, []string{"upgrade this program as well"}},
		"by steps that do":                                  {[]step{{known + 1, known}, {known + 2, known}}, true, nil},
		"by a step that works with earlier versions":        {[]step{{known + 1, known - 1}}, true, nil},
		"by a step that does not say":                       {[]step{{known + 1, 0}}, false, []string{"this program knows"}},
		"by one that does, and one that does not say":       {[]step{{known + 1, known}, {known + 2, 0}}, false, nil},
		"by a step that needs its own program":              {[]step{{known + 1, known + 1}}, false, []string{"knows", strconv.FormatInt(known+1, 10)}},
		"by one that needs a newer program, and one behind": {[]step{{known + 1, known + 1}, {known + 2, known}}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := stacktest.Database(t)
			pool := openPool(t, url)
			have := known

			for _, s := range c.steps {
				have = s.version
				_, err := pool.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)`, s.version)
				require.NoError(t, err)

				if s.oldest > 0 {
					_, err = pool.Exec(t.Context(), `INSERT INTO schema_support (version, oldest) VALUES ($1, $2)`, s.version, s.oldest)
					require.NoError(t, err)
				}
			}

			var log bytes.Buffer

			opened, err := store.Open(t.Context(), url, store.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			said := log.String()

			if c.fits {
				require.NoError(t, err)

				schema, err := opened.Schema(t.Context())
				require.NoError(t, err)
				require.True(t, schema.Newer())
				require.Equal(t, have, schema.Have)
				require.Contains(t, said, "newer than this program")

				begin(t, opened, beginRequest("j"))
				opened.Close()
			} else {
				require.ErrorIs(t, err, store.ErrSchema)
				said = err.Error()
			}

			for _, what := range append(c.says, strconv.FormatInt(have, 10)) {
				require.Contains(t, said, what)
			}
		})
	}
}

// A schema that is taken back while a program reads it fits the program before and after, and in between.
func TestASchemaThatIsTakenBackWhileItIsRead(t *testing.T) {
	t.Parallel()

	known, err := store.SchemaVersion()
	require.NoError(t, err)

	pool := openPool(t, stacktest.Database(t))
	execute := func(sql string) {
		_, err := pool.Exec(t.Context(), sql, known+1)
		require.NoError(t, err)
	}

	execute(`INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)`)
	execute(`INSERT INTO schema_support (version, oldest) VALUES ($1::bigint, $1::bigint - 1)`)

	schema, err := store.ReadSchema(t.Context(), func(ctx context.Context, question string, into ...any) error {
		err := pool.QueryRow(ctx, question).Scan(into...)

		execute(`DELETE FROM schema_support WHERE version = $1`)
		execute(`DELETE FROM goose_db_version WHERE version_id = $1`)

		return err
	})
	require.NoError(t, err)
	require.NoError(t, schema.Err(), schema)
}

// A database that was never migrated has no version.
func TestASchemaThatWasNeverMade(t *testing.T) {
	t.Parallel()

	pool := openPool(t, stacktest.EmptyDatabase(t))
	schema, err := store.ReadSchema(t.Context(), func(ctx context.Context, question string, into ...any) error {
		return pool.QueryRow(ctx, question).Scan(into...)
	})
	require.NoError(t, err)
	require.Zero(t, schema.Have)
	require.ErrorIs(t, schema.Err(), store.ErrSchema)
}

// From here on a migration says which programs go on beside it: the comment and the row that it writes are one number, which never
// goes back. What it takes away is out of use since the version before, and a line says since when.
func TestEachMigrationSaysWithWhichProgramsItWorks(t *testing.T) {
	t.Parallel()

	const first = 23

	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)

	oldestBefore := 0

	for _, name := range names {
		number, err := goose.NumericComponent(name)
		require.NoError(t, err)

		if number < first {
			continue
		}

		text, err := fs.ReadFile(migrations.FS, name)
		require.NoError(t, err)

		up, down, _ := strings.Cut(string(text), "-- +goose Down")
		declared := regexp.MustCompile(`(?m)^-- compatible-with: (\d+)$`).FindAllStringSubmatch(up, -1)
		written := regexp.MustCompile(`INSERT INTO schema_support \(version, oldest\) VALUES \((\d+), (\d+)\);`).FindAllStringSubmatch(up, -1)

		require.Len(t, declared, 1, "%s: a line of its own: -- compatible-with: VERSION", name)
		require.Len(t, written, 1, "%s: INSERT INTO schema_support (version, oldest) VALUES (%d, %s);", name, number, declared[0][1])
		require.Equal(t, strconv.FormatInt(number, 10), written[0][1], name)
		require.Equal(t, declared[0][1], written[0][2], name)

		if number > first {
			require.Contains(t, down, "DELETE FROM schema_support WHERE version = "+written[0][1], name)
		}

		oldest, err := strconv.Atoi(declared[0][1])
		require.NoError(t, err)
		require.Less(t, int64(oldest), number, "%s: the version before has to go on beside it: expand now, contract one version later", name)
		require.GreaterOrEqual(t, oldest, oldestBefore, name)
		oldestBefore = oldest

		requireNoBreak(t, name, up)
	}
}

// requireNoBreak refuses what breaks programs that go on, unless the step says since which version no program needs it.
func requireNoBreak(t *testing.T, name, up string) {
	t.Helper()

	code := regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(up, "")
	code = regexp.MustCompile(`(?s)CREATE FUNCTION.*?AS \$\$.*?\$\$`).ReplaceAllString(code, "") // what it does, the step does not
	breaking := regexp.MustCompile(`(?i)\bDROP (TABLE|COLUMN|FUNCTION)\b|\bRENAME\b|\bSET NOT NULL\b|\bALTER COLUMN \w+ (SET DATA )?TYPE\b`)
	required := regexp.MustCompile(`(?i)\bADD COLUMN [^,;]*\bNOT NULL\b(?:[^,;]*)`)

	if found := breaking.FindString(code); found != "" {
		require.Regexp(t, `(?m)^-- contract: not used since version \d+`, up, "%s: %s", name, found)
	}

	for _, column := range required.FindAllString(code, -1) {
		require.Contains(t, strings.ToUpper(column), "DEFAULT", "%s: the version before does not write it: %s", name, column)
	}
}
