package stacktest

import (
	"context"
	"testing"
	"time"
)

// databaseTimeout is for making or dropping one database. It takes 20 to 60 ms, longer on a machine that many tests keep busy.
const databaseTimeout = time.Minute

// Database makes a database with the project's schema for one test and returns its URL. It is dropped when the test ends,
// whoever is still connected.
func Database(tb testing.TB) string {
	tb.Helper()

	return database(tb, (*postgres).migrated)
}

// EmptyDatabase makes a database with no schema for one test and returns its URL. It is dropped when the test ends, whoever
// is still connected.
func EmptyDatabase(tb testing.TB) string {
	tb.Helper()

	return database(tb, (*postgres).empty)
}

func database(tb testing.TB, template func(*postgres) (string, error)) string {
	tb.Helper()

	pg := current.Load()
	if pg == nil {
		tb.Fatal("stacktest: this package needs: func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }")
	}

	from, err := template(pg)
	if err != nil {
		tb.Fatalf("stacktest: %v", err)
	}

	ctx, cancel := context.WithTimeout(tb.Context(), databaseTimeout)
	defer cancel()

	name, err := pg.create(ctx, from)
	if err != nil {
		tb.Fatalf("stacktest: %v", err)
	}

	tb.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
		defer cancel()

		if err := pg.drop(ctx, name); err != nil {
			tb.Errorf("stacktest: %v", err)
		}
	})

	return pg.url(name)
}
