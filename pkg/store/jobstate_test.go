package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestJobsAreFoundByWhatOperatorsKnow(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	one := jobTest{database: d, tb: t, id: "one"}
	one.retrying(time.Now())
	claim := begin(t, d.Store, one.request())
	published := time.Date(2026, 6, 1, 10, 20, 30, 1000, time.UTC)
	d.exec(t, `UPDATE enrollments SET queued_at = $1 WHERE job_id = 'one'`, published)
	jobTest{database: d, tb: t, id: "one~0123456789abcdef"}.end(store.StatusConflict)
	jobTest{database: d, tb: t, id: "one.1"}.finish("enrolled", store.StatusEnrolled)

	for name, c := range map[string]struct {
		by    store.Key
		value string
		want  []string
	}{
		"a job with a conflict": {store.KeyJob, "one", []string{"one", "one~0123456789abcdef"}},
		"a job":                 {store.KeyJob, "one.1", []string{"one.1"}},
		"no job":                {store.KeyJob, "on", nil},
		"a card":                {store.KeyExternalCard, "card-one.1", []string{"one.1"}},
		"a consumer":            {store.KeyExternalConsumer, "consumer-one", []string{"one"}},
		"no text":               {store.KeyExternalCard, "card-\xff\x00", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found, err := d.Find(t.Context(), c.by, c.value, 10)
			require.NoError(t, err)

			var ids []string
			for _, job := range found {
				ids = append(ids, job.JobID)
			}

			require.ElementsMatch(t, c.want, ids)
		})
	}

	found, err := d.Find(t.Context(), store.KeyExternalCard, "card-one", 10)
	require.NoError(t, err)
	require.Equal(t, store.JobState{
		Row: found[0].Row, Worker: "w1", TraceID: "trace-one", AttemptStartedAt: claim.StartedAt, LeaseUntil: claim.LeaseUntil, Charged: 2,
		QueuedAt: published, At: found[0].At,
	}, found[0])
	require.WithinRange(t, found[0].At, claim.StartedAt, claim.LeaseUntil)

	limited, err := d.Find(t.Context(), store.KeyJob, "one", 1)
	require.NoError(t, err)
	require.Len(t, limited, 1)

	_, err = d.Find(t.Context(), "status", "enrolled", 1)
	require.ErrorIs(t, err, store.ErrRequest)
}

func TestAttemptsAreReadTheLastFirst(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	one := jobTest{database: d, tb: t, id: "one"}
	one.retrying(time.Now())
	claim := begin(t, d.Store, one.request())

	attempts, err := d.Attempts(t.Context(), "one")
	require.NoError(t, err)
	require.Len(t, attempts, 2)
	require.Equal(t, store.Attempt{Number: 2, Worker: "w1", StartedAt: claim.StartedAt, TraceID: "trace-one"}, attempts[0])
	require.Equal(t, store.Attempt{
		Number: 1, Worker: "w1", StartedAt: attempts[1].StartedAt, FinishedAt: attempts[1].FinishedAt, Verdict: "retry", HTTPStatus: 503,
		Failure: store.Failure{Source: "Gateway", Reason: "UNAVAILABLE"}, TraceID: "trace-one",
	}, attempts[1])
	require.False(t, attempts[1].FinishedAt.Before(attempts[1].StartedAt))

	none, err := d.Attempts(t.Context(), "two")
	require.NoError(t, err)
	require.Empty(t, none)
}
