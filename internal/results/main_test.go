package results_test

import (
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const batch = "june"

// ledger is a database with one batch in it.
type ledger struct {
	*store.Store

	t   *testing.T
	url string
}

func newLedger(t *testing.T, b store.Batch) ledger {
	t.Helper()

	url := stacktest.Database(t)
	s, err := store.Open(t.Context(), url, store.Options{FlushDelay: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(s.Close)

	b.ID, b.Program, b.Source = batch, "demo", "cards.csv"
	require.NoError(t, s.SaveBatch(t.Context(), b))

	return ledger{s, t, url}
}

func job(row int64) store.Job {
	id := bulk.JobID(batch, row)
	digest := sha256.Sum256([]byte(id))

	return store.Job{
		ID: id, Program: "demo", BatchID: batch, ExternalCardID: "card-" + id, PANFirst6: "520473", PANLast4: "4784", MessageDigest: digest[:],
	}
}

// begin begins an attempt for the job of a row.
func (l ledger) begin(row int64) store.Claim {
	l.t.Helper()

	claim, err := l.Begin(l.t.Context(), store.BeginRequest{Job: job(row), Worker: "w", Lease: time.Minute})
	require.NoError(l.t, err)
	require.Equal(l.t, store.Begun, claim.Decision)

	return claim
}

// exec changes rows behind the store's back.
func (l ledger) exec(sql string) {
	l.t.Helper()

	conn, err := pgx.Connect(l.t.Context(), l.url)
	require.NoError(l.t, err)

	_, err = conn.Exec(l.t.Context(), sql)
	require.NoError(l.t, err)
	require.NoError(l.t, conn.Close(l.t.Context()))
}

// finish has the job of a row called, with a result.
func (l ledger) finish(row int64, r store.FinishRequest) {
	l.t.Helper()

	claim := l.begin(row)
	r.JobID, r.Attempt, r.StartedAt = claim.Outcome.JobID, claim.Attempt, claim.StartedAt
	_, err := l.Finish(l.t.Context(), r)
	require.NoError(l.t, err)
}

// end ends a job without a call.
func (l ledger) end(j store.Job, status store.Status, failure store.Failure) {
	l.t.Helper()

	claim, err := l.End(l.t.Context(), store.EndRequest{Job: j, Status: status, Failure: failure})
	require.NoError(l.t, err)
	require.Equal(l.t, store.Ended, claim.Decision)
}

// list returns the lines, by row.
func (l ledger) list(o results.Options) ([]results.Line, results.Summary) {
	l.t.Helper()

	var (
		lines []results.Line
		err   error
	)

	o.Verdicts, err = mastercard.Verdicts()
	require.NoError(l.t, err)

	account, err := results.List(l.t.Context(), l, batch, o, func(line results.Line) error {
		lines = append(lines, line)
		return nil
	})
	require.NoError(l.t, err)

	return lines, account
}
