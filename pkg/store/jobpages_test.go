package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// endings are the statuses of jobs that have ended, without those of changes.
func endings() []store.Status {
	return []store.Status{
		store.StatusEnrolled, store.StatusAlreadyEnrolled, store.StatusRejected, store.StatusInvalid, store.StatusExpired, store.StatusConflict,
		store.StatusDead, store.StatusCanceled, store.StatusSuperseded, store.StatusForgotten,
	}
}

// listed walks all pages of a list, and returns the ids and how many pages there were.
func (d *database) listed(t *testing.T, f store.JobFilter, most int) (ids []string, pages int) {
	t.Helper()

	for {
		page, err := store.JobPageLooking(t.Context(), d.Store, f, most)
		require.NoError(t, err)

		pages++
		ids = append(ids, idsOf(page.Rows)...)

		if page.Next.At.IsZero() {
			return ids, pages
		}

		require.NotEqual(t, f.After, page.Next, "it goes on")
		f.After = page.Next
	}
}

func TestJobsOfAnyStatusAreListedPageByPage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	// Thirty end at each moment, as those that are committed together; one in forty is of another program, one in fifty forgets.
	d.exec(t, `
		INSERT INTO enrollments (job_id, program, status, message_digest, operation, error_reason, completed_at, first_seen_at, updated_at)
		SELECT 'e' || lpad(n::text, 4, '0'), CASE WHEN n % 40 = 7 THEN 'other' ELSE 'acme' END, CASE WHEN n % 50 = 3 THEN 'forgotten' ELSE 'enrolled' END,
			sha256(n::text::bytea), CASE WHEN n % 50 = 3 THEN 'forget' ELSE 'enroll' END, NULL, now() - n / 30 * interval '1 minute', now(), now()
		FROM generate_series(1, 400) n`)

	want := func(these func(n int) bool) (ids []string) {
		for n := 1; n <= 400; n++ {
			if these(n) {
				ids = append(ids, fmt.Sprintf("e%04d", n))
			}
		}

		slices.SortFunc(ids, ofMoment)

		return ids
	}

	both := []string{"acme", "other"}

	for name, c := range map[string]struct {
		filter store.JobFilter
		these  func(n int) bool
	}{
		"enrolled":         {store.JobFilter{Statuses: endings()[:1], Programs: both}, func(n int) bool { return n%50 != 3 }},
		"few":              {store.JobFilter{Statuses: []store.Status{store.StatusForgotten}, Programs: both}, func(n int) bool { return n%50 == 3 }},
		"all":              {store.JobFilter{Statuses: endings(), Programs: both}, func(int) bool { return true }},
		"none":             {store.JobFilter{Statuses: endings()[1:2], Programs: both}, func(int) bool { return false }},
		"of a program":     {store.JobFilter{Statuses: endings()[:1], Programs: both[1:]}, func(n int) bool { return n%50 != 3 && n%40 == 7 }},
		"without the code": {store.JobFilter{Statuses: endings()[:1], Programs: both, Code: "NONE"}, func(int) bool { return false }},
	} {
		for _, limit := range []int{7, 1000} {
			for _, most := range []int{20, 90, 100_000} {
				f := c.filter
				f.Limit = limit

				got, pages := d.listed(t, f, most)
				require.Equal(t, want(c.these), got, "%s by %d, looking at %d", name, limit, most)

				if limit == 1000 && most == 100_000 {
					require.Equal(t, 1, pages, name)
				}
			}
		}
	}

	at := value[time.Time](t, d, `SELECT completed_at FROM enrollments WHERE job_id = 'e0030'`)
	since, _ := d.listed(t, store.JobFilter{Statuses: endings(), Programs: both, Since: at, Limit: 1000}, 20)
	until, _ := d.listed(t, store.JobFilter{Statuses: endings(), Programs: both, Until: at, Limit: 1000}, 20)
	require.Len(t, since, 59, "those of its moment, too")
	require.Len(t, until, 400-59)
}

// ofMoment orders jobs of the test as a list does: the latest moment first, then the greatest id.
func ofMoment(a, b string) int {
	var x, y int

	_, _ = fmt.Sscanf(a, "e%d", &x)
	_, _ = fmt.Sscanf(b, "e%d", &y)

	if x/30 != y/30 {
		return x/30 - y/30
	}

	return y - x
}

func TestJobsThatHaveNotEndedAreListedPageByPage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for i, status := range []store.Status{store.StatusRetrying, store.StatusPending, store.StatusSubmitted, store.StatusInDoubt} {
		for j := range 30 {
			r := result(begin(t, d.Store, beginRequest(fmt.Sprintf("%d-%02d", i, j))), "retry", status)
			r.Failure = store.Failure{Reason: fmt.Sprint("R", j%2)}

			if status == store.StatusSubmitted {
				r.Verdict, r.APIBatchID, r.Failure = "submitted", "b", store.Failure{}
			}

			_, err := d.Finish(t.Context(), r)
			require.NoError(t, err)
		}
	}

	for j := range 30 {
		_, err := d.Begin(t.Context(), beginRequest(fmt.Sprintf("4-%02d", j)))
		require.NoError(t, err)
	}

	// Ten of each at the same moment.
	d.exec(t, `UPDATE enrollments SET next_attempt_at = CASE WHEN next_attempt_at IS NOT NULL THEN now() + substr(job_id, 3, 1)::integer * interval '1 minute' END,
		lease_until = CASE WHEN lease_until IS NOT NULL THEN now() + substr(job_id, 3, 1)::integer * interval '1 minute' END,
		updated_at = now() + substr(job_id, 3, 1)::integer * interval '1 minute'`)

	for i, status := range []store.Status{
		store.StatusRetrying, store.StatusPending, store.StatusSubmitted, store.StatusInDoubt, store.StatusInProgress,
	} {
		for _, most := range []int{4, 100_000} {
			ids, _ := d.listed(t, store.JobFilter{Statuses: []store.Status{status}, Programs: []string{"acme"}, Limit: 7}, most)
			require.Len(t, ids, 30, status)
			require.True(t, slices.IsSorted(ids))
			require.Equal(t, fmt.Sprint(i, "-00"), ids[0])

			none, _ := d.listed(t, store.JobFilter{Statuses: []store.Status{status}, Programs: []string{"other"}, Limit: 7}, most)
			require.Empty(t, none)
		}
	}

	half, _ := d.listed(t, store.JobFilter{Statuses: []store.Status{store.StatusRetrying}, Programs: []string{"acme"}, Code: "R1", Limit: 7}, 5)
	require.Len(t, half, 15)

	_, err := d.JobPage(t.Context(), store.JobFilter{
		Statuses: []store.Status{store.StatusRetrying, store.StatusEnrolled}, Programs: []string{"acme"}, Limit: 1,
	})
	require.ErrorIs(t, err, store.ErrRequest)
	_, err = d.JobPage(t.Context(), store.JobFilter{Statuses: []store.Status{"' OR true"}, Programs: []string{"acme"}, Limit: 1})
	require.ErrorIs(t, err, store.ErrRequest)
}
