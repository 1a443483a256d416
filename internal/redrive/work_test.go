package redrive_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// The API was out until a job's attempts were exhausted. When it is back, the job is redriven and enrolled.
func TestADeadJobIsEnrolledOnceItsCauseIsGone(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.startAPI()
	r.outage.Store(true)
	r.work()

	card := sandbox.PAN(0, 1)
	r.publish(jobs.Job{ID: "job", Program: "demo"}, card)
	r.outcome("job", store.StatusDead)
	require.Equal(t, 2, r.row("job").Attempts)

	// Redriven too early it dies again, after as many attempts as it had at first.
	require.Equal(t, 1, r.run(redrive.Options{}).Redriven)
	r.outcome("job", store.StatusDead)
	require.Equal(t, 4, r.row("job").Attempts)

	r.outage.Store(false)

	account := r.run(redrive.Options{})
	require.Equal(t, 2, account.Letters)
	require.Equal(t, 1, account.Selected, "the newest letter of the job")
	require.Equal(t, 1, account.Redriven)

	r.outcome("job", store.StatusEnrolled)

	row := r.row("job")
	require.Equal(t, 5, row.Attempts)
	require.Equal(t, 2, row.Redriven)
	require.Equal(t, 1, r.sandbox.Ledger().Effects(card))

	account = r.run(redrive.Options{})
	require.Equal(t, map[string]int{"enrolled": 1}, account.Skipped)
	require.Zero(t, account.Redriven)
	require.Empty(t, r.outcomes)
}

// A worker without the program called its jobs invalid. One that knows it enrolls them, and the row gets the card it never had.
func TestAnInvalidJobIsEnrolledOnceItsProgramIsConfigured(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.startAPI()
	stop := r.work()

	r.publish(jobs.Job{ID: "job", Program: "new"}, sandbox.PAN(0, 1))
	r.outcome("job", store.StatusInvalid)
	stop()

	r.config.Programs["new"] = program("new", r.config.Programs["demo"].OnUnknown)
	r.work()

	account := r.run(redrive.Options{})
	require.Equal(t, []redrive.Count{{Kind: redrive.Kind{Status: "invalid", Reason: "UNKNOWN_PROGRAM"}, Jobs: 1}}, account.Kinds)
	r.outcome("job", store.StatusEnrolled)
	require.Equal(t, 1, r.row("job").Redriven)

	conn, err := pgx.Connect(t.Context(), r.url)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	var card string
	require.NoError(t, conn.QueryRow(t.Context(), `
		SELECT pan_first6 || '…' || pan_last4 FROM enrollments
		WHERE pan_hmac IS NOT NULL AND pan_hmac_kid IS NOT NULL AND content_hmac IS NOT NULL`).Scan(&card))
	require.Equal(t, "520473…"+sandbox.PAN(0, 1)[12:], card)
}

// Killed between the commit and the publication, the same command again brings every job to its end, once.
func TestARunThatWasKilledIsRunAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.startAPI()
	r.outage.Store(true)
	stop := r.work()

	const jobCount = 5
	for i := range jobCount {
		r.publish(jobs.Job{ID: string(rune('a' + i)), Program: "demo"}, sandbox.PAN(0, i))
	}

	for range jobCount {
		require.Equal(t, "dead", r.next().Status)
	}

	stop()
	r.outage.Store(false)

	account, err := redrive.Run(t.Context(), &failingJetStream{JetStream: r.js}, r.store, redrive.Options{})
	require.ErrorIs(t, err, errCutOff)
	require.ErrorContains(t, err, "is pending and not on the queue")
	require.Zero(t, account.Redriven)
	require.Equal(t, jobCount, account.Left)
	require.Empty(t, r.queued())

	account = r.run(redrive.Options{})
	require.Equal(t, jobCount, account.Redriven)
	require.Positive(t, account.Repeated)
	require.Len(t, r.queued(), jobCount)

	again := r.run(redrive.Options{})
	require.Equal(t, jobCount, again.Repeated)
	require.Len(t, r.queued(), jobCount, "the queue knows them")

	r.work()

	for range jobCount {
		require.Equal(t, "enrolled", r.next().Status)
	}

	for i := range jobCount {
		require.Equal(t, 1, r.row(string(rune('a'+i))).Redriven)
		require.Equal(t, 1, r.sandbox.Ledger().Effects(sandbox.PAN(0, i)))
	}
}
