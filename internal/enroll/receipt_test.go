package enroll_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/receipt"
	"enroll.example/clicktopay/pkg/store"
)

const pushReceipt = "MCC-STL-0F6A1B2C-3D4E-4F5A-8B9C-0D1E2F3A4B5C"

// publishReceipt publishes a job with a receipt in its card's place.
func (r *rig) publishReceipt(issued time.Time, change ...func(*jobs.Job)) {
	r.t.Helper()

	job := jobs.Job{ID: "push-1", Program: "demo"}
	for _, one := range change {
		one(&job)
	}

	job, err := r.sealer.Seal(job, jobs.Payload{
		Receipt:  &jobs.PushReceipt{Receipt: receipt.Unchecked(pushReceipt), IssuedAt: issued.UTC(), ValidMinutes: 5},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com"},
	})
	require.NoError(r.t, err)

	_, err = r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// A receipt is enrolled in its card's place, and stands nowhere in clear.
func TestAReceiptIsEnrolled(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.publishReceipt(time.Now())

	stop := r.start()
	outcome := r.outcome()
	require.Equal(t, "enrolled", outcome.Status, outcome.Error)
	require.NotEmpty(t, outcome.SrcDigitalCardID)

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	r.publishReceipt(time.Now()) // with other content
	require.Equal(t, "conflict", r.outcome().Status)

	stop()
	r.drained()
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Calls)
	require.NotContains(t, r.log.String(), pushReceipt)
	require.NotContains(t, r.rows(), pushReceipt)
}

// One that has ended ends its job without a call, by Postgres' clock, whatever the worker's own says.
func TestAnOldReceiptExpires(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		issued time.Duration // ago
		ahead  time.Duration // Postgres' clock
		change func(*jobs.Job)
		status store.Status
		reason string
	}{
		"old":                             {issued: 5*time.Minute + time.Second, status: store.StatusExpired, reason: "RECEIPT_EXPIRED"},
		"young":                           {issued: 4 * time.Minute, status: store.StatusEnrolled},
		"old by Postgres' clock":          {issued: 4 * time.Minute, ahead: 2 * time.Minute, status: store.StatusExpired, reason: "RECEIPT_EXPIRED"},
		"young by Postgres' clock":        {issued: 6 * time.Minute, ahead: -3 * time.Minute, status: store.StatusEnrolled},
		"not_after was earlier":           {issued: 6 * time.Minute, change: notAfter(-5 * time.Minute), status: store.StatusExpired, reason: "NOT_AFTER"},
		"not_after would have been later": {issued: 6 * time.Minute, change: notAfter(time.Hour), status: store.StatusExpired, reason: "RECEIPT_EXPIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.skew(c.ahead)
			require.NoError(t, r.store.ReadClock(t.Context()))

			if c.change == nil {
				c.change = func(*jobs.Job) {}
			}

			r.publishReceipt(time.Now().Add(-c.issued), c.change)

			stop := r.start()
			require.Equal(t, string(c.status), r.outcome().Status)
			stop()
			r.drained()

			row := r.row("push-1")
			require.Equal(t, c.status, row.Status)
			require.Equal(t, c.reason, row.Failure.Reason)

			calls := 0
			if c.status == store.StatusEnrolled {
				calls = 1
			}

			require.Equal(t, calls, r.sandbox.Ledger().Totals().Calls)
			require.Equal(t, calls, row.Attempts)
		})
	}
}

func notAfter(from time.Duration) func(*jobs.Job) {
	return func(j *jobs.Job) { j.NotAfter = time.Now().Add(from).UTC() }
}

// A receipt ends while its job waits for its next attempt, which is then not made.
func TestAReceiptExpiresBetweenAttempts(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	refusing := &busyAPI{API: r.client(), called: make(chan struct{}, 1000)}
	program := r.config.Programs["demo"]
	program.MaxAttempts = 1000
	r.config.Programs["demo"] = program
	r.publishReceipt(time.Now())

	stop := r.startWith(r.js, r.store, refusing)
	<-refusing.called
	r.skew(6 * time.Minute)

	outcome := r.outcome()
	require.Equal(t, "expired", outcome.Status)
	require.Equal(t, "RECEIPT_EXPIRED", outcome.Error.Reason)
	stop()
	r.drained()
}

// Cards of a batch are cards: a receipt does not fit.
func TestAReceiptDoesNotFitABatch(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	program := r.config.Programs["demo"]
	program.Lane, program.BatchRecords = enroll.LaneBatch, 10
	r.config.Programs["demo"] = program
	r.publishReceipt(time.Now())

	stop := r.start()
	outcome := r.outcome()
	require.Equal(t, "invalid", outcome.Status)
	require.Equal(t, "pushAccountReceipt", outcome.Error.Field)
	stop()
	r.drained()
	require.Zero(t, r.sandbox.Ledger().Totals().Calls)
}

// busyAPI answers each enrollment with a failure that passes.
type busyAPI struct {
	enroll.API

	called chan struct{}
}

func (a *busyAPI) Enroll(context.Context, mastercard.EnrollRequest) mastercard.Answer {
	a.called <- struct{}{}

	return mastercard.Answer{Verdict: mastercard.Retry, HTTPStatus: 503, Failure: mastercard.Failure{Source: "service", Reason: "UNAVAILABLE"}}
}

// rows is all that the tables say of jobs and attempts.
func (r *rig) rows() string {
	r.t.Helper()

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	rows, err := conn.Query(r.t.Context(), `SELECT to_jsonb(e) FROM enrollments e UNION ALL SELECT to_jsonb(a) FROM attempts a`)
	require.NoError(r.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	require.NoError(r.t, err)

	var text []byte
	for _, one := range all {
		text = append(text, one...)
	}

	return string(text)
}
