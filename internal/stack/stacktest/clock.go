package stacktest

import (
	"context"
	"testing"
	"time"

	"enroll.example/clicktopay/internal/stack/skew"
)

// SkewPostgres prepares a database of one test, before anything connects to it, and returns what sets how far its clock is
// ahead of the real one (behind, where negative). It may be set as often as wanted, while transactions run.
func SkewPostgres(tb testing.TB, databaseURL string) (set func(ahead time.Duration)) {
	tb.Helper()

	within := func(do func(context.Context) error) {
		tb.Helper()

		ctx, cancel := context.WithTimeout(tb.Context(), databaseTimeout)
		defer cancel()

		if err := do(ctx); err != nil {
			tb.Fatalf("stacktest: %v", err)
		}
	}

	var clock *skew.Postgres

	within(func(ctx context.Context) (err error) {
		clock, err = skew.NewPostgres(ctx, databaseURL)
		return err
	})

	return func(ahead time.Duration) {
		tb.Helper()
		within(func(ctx context.Context) error { return clock.Set(ctx, ahead) })
	}
}
