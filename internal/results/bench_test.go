package results_test

import (
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// BenchmarkList measures a whole list, a tenth of its rows rejected. Its memory does not depend on the number of rows.
func BenchmarkList(b *testing.B) {
	const rows = 100_000

	url := stacktest.Database(b)
	s, err := store.Open(b.Context(), url, store.Options{})
	require.NoError(b, err)
	b.Cleanup(s.Close)
	require.NoError(b, s.SaveBatch(b.Context(), store.Batch{
		ID: batch, Program: "demo", Source: "cards.csv", RowsRead: rows, RowsRejected: rows / 10, CompletedAt: time.Now(),
	}))

	conn, err := pgx.Connect(b.Context(), url)
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close(b.Context()) })

	for _, sql := range []string{`
		INSERT INTO enrollments (job_id, program, batch_id, status, pan_first6, pan_last4, src_digital_card_id, completed_at,
			attempts, first_seen_at, charged, updated_at, message_digest)
		SELECT 'june.' || n, 'demo', 'june', 'enrolled', '520473', '4784', '8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de',
			now(), 1, now(), 1, now(), sha256(n::text::bytea) FROM generate_series(1, $1::bigint) n WHERE n % 10 > 0`, `
		INSERT INTO batch_rejects (batch_id, row_number, fault, line, field, code, reason)
		SELECT 'june', n, 1, n + 1, 'pan', 'INVALID_PAN', 'fails the Luhn check' FROM generate_series(1, $1::bigint) n WHERE n % 10 = 0`,
	} {
		_, err := conn.Exec(b.Context(), sql, int64(rows))
		require.NoError(b, err)
	}

	verdicts, err := mastercard.Verdicts()
	require.NoError(b, err)
	b.ReportAllocs()

	for b.Loop() {
		encoder, err := results.NewEncoder(results.CSV, io.Discard)
		require.NoError(b, err)

		account, err := results.List(b.Context(), s, batch, results.Options{Verdicts: verdicts}, encoder.Encode)
		require.NoError(b, err)
		require.EqualValues(b, rows, account.Listed)
		require.NoError(b, encoder.Flush())
	}

	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
