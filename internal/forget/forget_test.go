package forget_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestAPurgeByAge(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.many()

	account := r.purge(store.EndedScope{Before: ago(30 * day)})

	require.Equal(t, []string{"doubt", "new"}, r.rows())
	require.Equal(t, map[string]int{"new": 1}, r.left(jobs.StreamOutcomes))
	require.Equal(t, map[string]int{"doubt": 1}, r.left(jobs.StreamDead))
	require.EqualValues(t, 2, r.value(`SELECT count(*) FROM attempts`))
	require.EqualValues(t, 8, r.value(`SELECT count(*) FROM purged_jobs`))
	require.EqualValues(t, 7, r.value(`SELECT purged FROM batch_progress WHERE batch_id = 'b1'`))
	require.EqualValues(t, 9, r.value(`SELECT settled FROM batch_progress WHERE batch_id = 'b1'`))

	require.EqualValues(t, 8, account.Jobs)
	require.EqualValues(t, 8, account.Purged)
	require.EqualValues(t, 1, account.NotEnded)
	require.EqualValues(t, 1, account.Letters)
	require.EqualValues(t, 8, account.Events)
	require.Positive(t, account.Months, "the attempts of 100 days ago are of a month of their own")
	require.Zero(t, account.Left)
	require.Equal(t, []forget.Stage{forget.StageRows, forget.StageLetters, forget.StageEvents, forget.StageAttempts, forget.StageBatches}, account.Done)

	again := r.purge(store.EndedScope{Before: ago(30 * day)})
	require.Zero(t, again.Purged+again.Attempts+again.Letters+again.Events)
}

// A job may end when the month of its attempts was taken away long ago, and is purged later with them.
func TestAttemptsThatOutlivedTheirMonthGoWithTheirJob(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.leave(job{"old", "gold", "", "", "", store.StatusEnrolled, 100 * day})
	r.leave(job{"doubt", "gold", "", "", "", store.StatusInDoubt, 0})
	r.exec(`UPDATE enrollments SET first_seen_at = $1 WHERE job_id = 'doubt'`, ago(101*day))
	r.exec(`UPDATE attempts SET started_at = $1 WHERE job_id = 'doubt'`, ago(100*day))

	require.EqualValues(t, 1, r.purge(store.EndedScope{Before: ago(30 * day)}).Months)
	require.EqualValues(t, 1, r.value(`SELECT count(*) FROM attempts`), "of the job in doubt")

	_, err := r.store.Resolve(t.Context(), store.ResolveRequest{JobID: "doubt", As: store.ResolveEnrolled, By: "op"})
	require.NoError(t, err)
	r.exec(`UPDATE enrollments SET completed_at = $1`, ago(40*day))

	account := r.purge(store.EndedScope{Before: ago(30 * day)})
	require.EqualValues(t, 1, account.Purged)
	require.EqualValues(t, 1, account.Attempts)
	require.Zero(t, r.value(`SELECT count(*) FROM attempts`))
}

func TestAPurgeOfOneProgramOrBatch(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scope store.EndedScope
		rows  []string
	}{
		"program":           {store.EndedScope{Programs: []string{"silver"}, Before: ago(0)}, []string{"dead", "doubt", "new", "old-0", "old-1", "old-2", "old-3", "old-4", "old-5"}},
		"batch":             {store.EndedScope{Batch: "b1", Before: ago(0)}, []string{"doubt", "silver"}},
		"batch by age":      {store.EndedScope{Batch: "b1", Before: ago(30 * day)}, []string{"doubt", "new", "silver"}},
		"batch of another":  {store.EndedScope{Batch: "b1", Programs: []string{"silver"}, Before: ago(0)}, []string{"dead", "doubt", "new", "old-0", "old-1", "old-2", "old-3", "old-4", "old-5", "silver"}},
		"no such program":   {store.EndedScope{Programs: []string{"bronze"}, Before: ago(0)}, []string{"dead", "doubt", "new", "old-0", "old-1", "old-2", "old-3", "old-4", "old-5", "silver"}},
		"nothing is so old": {store.EndedScope{Before: ago(1000 * day)}, []string{"dead", "doubt", "new", "old-0", "old-1", "old-2", "old-3", "old-4", "old-5", "silver"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.many()
			r.purge(c.scope)
			require.Equal(t, c.rows, r.rows())
			require.EqualValues(t, len(c.rows), r.value(`SELECT count(*) FROM attempts`))

			events := r.left(jobs.StreamOutcomes)
			for _, id := range c.rows {
				if id != "doubt" {
					require.Equal(t, 1, events[id], id)
				}
			}

			require.Len(t, events, len(c.rows)-1)
		})
	}
}

// A consumer is forgotten wherever they stand, but for jobs that have not ended; and the act of it does not name them.
func TestAConsumerIsForgotten(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.leave(job{"enrolled", "gold", "b1", "ana", "c1", store.StatusEnrolled, 0})
	r.leave(job{"given-up", "gold", "b1", "ana", "c2", store.StatusDead, 0})
	r.leave(job{"out-by-her-card", "gold", "", "", "c1", store.StatusUnenrolled, 0})
	r.leave(job{"other", "gold", "b1", "ben", "c3", store.StatusDead, 0})
	r.leave(job{"in-doubt", "silver", "b1", "ana", "c1", store.StatusInDoubt, 0})

	found, err := forget.Search(t.Context(), r.js, r.store, "ana", told)
	require.NoError(t, err)
	require.Equal(t, []forget.Finding{
		{"table enrollments, column external_consumer_id", 3}, {"stream ENROLL_DEAD", 2}, {"stream ENROLL_OUTCOMES", 2},
	}, found)

	account := r.purge(store.EndedScope{Consumer: "ana", Before: time.Now().Add(time.Minute)})
	require.EqualValues(t, 3, account.Purged)
	require.EqualValues(t, 1, account.NotEnded)
	require.EqualValues(t, 1, account.Kept, "the letter of the job that is in doubt")
	require.Equal(t, []string{"in-doubt", "other"}, r.rows())

	_, err = r.store.Resolve(t.Context(), store.ResolveRequest{JobID: "in-doubt", As: store.ResolveEnrolled, By: "op"})
	require.NoError(t, err)

	account = r.purge(store.EndedScope{Consumer: "ana", Before: time.Now().Add(time.Minute)})
	require.EqualValues(t, 1, account.Purged)
	require.EqualValues(t, 1, account.Letters)

	found, err = forget.Search(t.Context(), r.js, r.store, "ana", told)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, map[string]int{"other": 1}, r.left(jobs.StreamDead))
	require.Equal(t, map[string]int{"other": 1}, r.left(jobs.StreamOutcomes))
}

func told(string, int64, int64) {}

// A message that names a consumer may be all that is left of them.
func TestAMessageWithoutARowGoesWithItsConsumer(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.leave(job{"enrolled", "gold", "b1", "ana", "c1", store.StatusDead, 0})
	r.exec(`DELETE FROM enrollments`)

	account := r.purge(store.EndedScope{Consumer: "ana", Before: time.Now().Add(time.Minute)})
	require.EqualValues(t, 1, account.Letters)
	require.EqualValues(t, 1, account.Events)
	require.Empty(t, r.left(jobs.StreamDead))
}

// Whatever it is that a purge is killed after, the same purge again finishes it. The counts are right all the time.
func TestAPurgeThatIsKilledIsFinishedByTheNext(t *testing.T) {
	t.Parallel()

	for _, scope := range []store.EndedScope{{Before: ago(30 * day)}, {Consumer: "ana", Before: ago(0)}} {
		for _, stage := range []forget.Stage{forget.StageRows, forget.StageLetters, forget.StageEvents, forget.StageAttempts} {
			t.Run(fmt.Sprint(stage, scope.Consumer), func(t *testing.T) {
				t.Parallel()

				r := newRig(t)
				r.many()

				ctx, kill := context.WithCancel(t.Context())
				defer kill()

				killed := false
				account, err := r.tryPurge(ctx, scope, func(reached forget.Stage) {
					if reached == stage {
						killed = true
						kill()
					}
				})

				require.Equal(t, stage != forget.StageAttempts || scope.Consumer == "", killed)

				if err != nil { // the last stages of a consumer have nothing to do
					require.ErrorContains(t, err, "left undone: ")
					require.NotContains(t, account.Done, forget.StageBatches)
				}

				require.Equal(t, r.value(`SELECT count(*) FROM purged_jobs`),
					r.value(`SELECT coalesce(sum(count), 0)::bigint FROM program_counts WHERE status = 'purged'`))

				r.purge(scope)

				want := []string{"doubt", "new"}
				if scope.Consumer != "" {
					want = []string{"dead", "doubt"}
				}

				require.Equal(t, want, r.rows())
				require.EqualValues(t, 2, r.value(`SELECT count(*) FROM attempts`))
				require.NotContains(t, r.left(jobs.StreamOutcomes), "old-1")
				require.EqualValues(t, 10, r.value(`SELECT sum(count)::bigint FROM program_counts`))
			})
		}
	}
}

// A purge without its streams, of a queue that was made anew, does what is to be done in the database.
func TestAPurgeWithoutStreams(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.many()
	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamDead))
	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamOutcomes))

	require.EqualValues(t, 9, r.purge(store.EndedScope{Before: ago(0)}).Purged)
}
