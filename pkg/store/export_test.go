package store

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the store asks, for tests of the plans.
const (
	OverdueSQL    = overdueSQL
	ExtendSQL     = extendSQL
	LockSQL       = lockSQL
	ProgressSQL   = progressSQL
	BatchCodesSQL = batchCodesSQL
	AttemptsSQL   = attemptsSQL
	CardJobsSQL   = cardStateSQL
	CodesSinceSQL = codesSinceSQL
	CountRowsSQL  = countRowsSQL

	EndedSQL         = endedSQL
	EndedOutcomesSQL = endedOutcomesSQL
	OldestEndedSQL   = oldestEndedSQL
	OfConsumerSQL    = ofConsumerSQL
	FindConsumersSQL = findConsumersSQL
	ConsumerTurnsSQL = consumerTurnsSQL
	PurgedSQL        = purgedSQL
	OperatorActsSQL  = operatorActsSQL

	JobsSQL          = jobsSQL
	EndedBoundSQL    = endedBoundSQL
	EndedPageSQL     = endedPageSQL
	InDoubtSQL       = inDoubtSQL
	LatestBatchesSQL = latestBatchesSQL
	RejectsAfterSQL  = rejectsAfterSQL
)

// FindSQL is what the store asks for jobs by a key.
func FindSQL(by Key) string { return stateQueries()[by] }

// OpenSQL is what the store asks for jobs of a status that have not ended: the place up to which it looks, and the page.
func OpenSQL(status Status) (bound, page string) { return openSQL(status, openColumns()[status]) }

// JobPageLooking is JobPage that looks at so many jobs.
func JobPageLooking(ctx context.Context, s *Store, f JobFilter, most int) (JobPage, error) {
	return s.jobPage(ctx, f, most)
}

// SettingsIn are the settings of a store's transactions, as Postgres has them.
func SettingsIn(t *testing.T, s *Store) map[string]string {
	t.Helper()

	settings := map[string]string{}

	for _, setting := range transactionSettings() {
		var value string

		require.NoError(t, s.db.queryRow(t.Context(), `SELECT current_setting($1)`, []any{setting[0]}, &value))
		settings[setting[0]] = value
	}

	return settings
}

// Ask has a store read one number.
func Ask(ctx context.Context, s *Store, sql string, args ...any) error {
	var n int

	return s.db.queryRow(ctx, sql, args, &n)
}

// MigrateUpWith is MigrateUp with a schema made of other files.
func MigrateUpWith(ctx context.Context, url string, migrations fs.FS, views string) error {
	_, err := schemaFiles{migrations, views}.up(ctx, url)
	return err
}

// MigrateDownWith is MigrateDown with a schema made of other files.
func MigrateDownWith(ctx context.Context, url string, migrations fs.FS, views string) error {
	_, err := schemaFiles{migrations, views}.down(ctx, url)
	return err
}

// Views are the names of the views of a text, and the versions from which they can be.
func Views(t *testing.T, text string) map[string]int64 {
	t.Helper()

	all, err := parseViews(text)
	require.NoError(t, err)

	since := map[string]int64{}
	for _, v := range all {
		since[v.name] = v.since
	}

	return since
}

// LossesOf are what taking a migration back loses, uncounted.
func LossesOf(migration string) []Loss { return lossesOf(migration) }

// NullableTexts is a column of texts.
func NullableTexts(all ...string) any {
	return nullableTexts(all, func(text string) string { return text })
}

// NullableTimes is a column of times.
func NullableTimes(all ...time.Time) any {
	return nullableTimes(all, func(at time.Time) time.Time { return at })
}
