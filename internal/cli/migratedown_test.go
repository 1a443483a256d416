package cli_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
)

// A step back is counted before it is taken, and taken only with --yes.
func TestMigrateDownCountsWhatItWouldLose(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)
	env := []string{"ENROLL_DATABASE_URL=" + url}

	down := func(code int, args ...string) string {
		t.Helper()

		got, out := run(t, env, "worker", append([]string{"migrate", "down"}, args...)...)
		require.Equal(t, code, got, out)

		return out
	}

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(context.Background())) }()

	version := func() (v int64) {
		t.Helper()
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&v))

		return v
	}

	for version() != 18 { // the step that brought a column
		down(0, "--yes")
	}

	_, err = conn.Exec(t.Context(), `
		INSERT INTO enrollments (job_id, program, status, sealed_result, first_seen_at, attempts, charged, completed_at, message_digest, updated_at)
		VALUES ('j', 'acme', 'enrolled', 'x', now(), 1, 1, now(), sha256('j'), now())`)
	require.NoError(t, err)

	out := down(2)
	require.Contains(t, out, "column enrollments.sealed_result: 1 value")
	require.Contains(t, out, "table batch_counts: 0 rows, WHERE status = 'pushed'")
	require.Contains(t, out, "--yes: is missing; nothing was changed")
	require.EqualValues(t, 18, version())

	require.Contains(t, down(0, "--dry-run"), "taking back 00018 push would lose:\n")

	var dry struct {
		Version  int64 `json:"version"`
		TookBack bool  `json:"took_back"`
		Losses   []struct {
			Table  string `json:"table"`
			Column string `json:"column"`
			Count  int64  `json:"count"`
		} `json:"losses"`
	}

	text, err := child(t, env, "worker", "migrate", "down", "--dry-run", "--json").Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &dry))
	require.EqualValues(t, 18, dry.Version)
	require.False(t, dry.TookBack)
	require.Len(t, dry.Losses, 3)
	require.EqualValues(t, 18, version())

	out = down(0, "--yes")
	require.Contains(t, out, "taking back 00018 push loses:\n")
	require.Contains(t, out, "took back 00018 push\n")
	require.EqualValues(t, 17, version())
}
