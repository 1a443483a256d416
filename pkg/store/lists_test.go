package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// came makes jobs that came to a status one after the other.
func (d *database) came(t *testing.T, status store.Status, failure store.Failure, ids ...string) {
	t.Helper()

	for _, id := range ids {
		claim, err := d.Begin(t.Context(), beginRequest(id))
		require.NoError(t, err)

		r := result(claim, "retry", status)
		r.Failure = failure
		_, err = d.Finish(t.Context(), r)
		require.NoError(t, err)
	}
}

func idsOf(rows []store.Row) (ids []string) {
	for _, row := range rows {
		ids = append(ids, row.JobID)
	}

	return ids
}

func TestJobsAreListedByStatusPageByPage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.came(t, store.StatusRejected, store.Failure{Reason: "DECLINED"}, "a", "b", "c")
	d.came(t, store.StatusDead, store.Failure{Reason: "UNAVAILABLE", Detail: "UPSTREAM"}, "d")
	d.came(t, store.StatusEnrolled, store.Failure{}, "good")

	all := store.JobFilter{Statuses: []store.Status{store.StatusRejected, store.StatusDead}, Programs: []string{"acme", "other"}, Limit: 2}

	first, err := d.Jobs(t.Context(), all)
	require.NoError(t, err)
	require.Equal(t, []string{"d", "c"}, idsOf(first))

	next := all
	next.After = store.JobPlace{At: first[1].CompletedAt, JobID: "c"}
	second, err := d.Jobs(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, idsOf(second))

	for name, c := range map[string]struct {
		change func(*store.JobFilter)
		want   []string
	}{
		"one status":        {func(f *store.JobFilter) { f.Statuses = f.Statuses[1:] }, []string{"d"}},
		"a detail":          {func(f *store.JobFilter) { f.Code = "UPSTREAM" }, []string{"d"}},
		"a reason":          {func(f *store.JobFilter) { f.Code = "DECLINED" }, []string{"c", "b"}},
		"another program":   {func(f *store.JobFilter) { f.Programs = []string{"other"} }, nil},
		"since":             {func(f *store.JobFilter) { f.Since = first[0].CompletedAt }, []string{"d"}},
		"until":             {func(f *store.JobFilter) { f.Until = first[1].CompletedAt }, []string{"b", "a"}},
		"of a later moment": {func(f *store.JobFilter) { f.Since = time.Now().Add(time.Hour) }, nil},
	} {
		f := all
		c.change(&f)

		found, err := d.Jobs(t.Context(), f)
		require.NoError(t, err)
		require.Equal(t, c.want, idsOf(found), name)
	}

	_, err = d.Jobs(t.Context(), store.JobFilter{Statuses: []store.Status{store.StatusEnrolled}, Programs: all.Programs, Limit: 1})
	require.ErrorIs(t, err, store.ErrRequest, "they are too many")
}

func TestJobsInDoubtAreListedLongestFirst(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.came(t, store.StatusInDoubt, store.Failure{Reason: "TIMEOUT"}, "a", "b", "c")

	first, err := d.InDoubt(t.Context(), store.JobPlace{}, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, idsOf(first))

	second, err := d.InDoubt(t.Context(), store.JobPlace{At: first[1].UpdatedAt, JobID: "b"}, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"c"}, idsOf(second))
}

func TestCodesAreCountedTheMostFrequentFirst(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	d.came(t, store.StatusRejected, store.Failure{Reason: "DECLINED"}, "a", "b")
	d.came(t, store.StatusDead, store.Failure{Reason: "UNAVAILABLE"}, "c")

	for name, c := range map[string]struct {
		filter store.CodeFilter
		want   []string
	}{
		"all":           {store.CodeFilter{Limit: 9}, []string{"DECLINED", "UNAVAILABLE"}},
		"the first":     {store.CodeFilter{Limit: 1}, []string{"DECLINED"}},
		"some statuses": {store.CodeFilter{Statuses: []store.Status{store.StatusDead}, Limit: 9}, []string{"UNAVAILABLE"}},
		"a program":     {store.CodeFilter{Program: "acme", Limit: 9}, []string{"DECLINED", "UNAVAILABLE"}},
		"another":       {store.CodeFilter{Program: "other", Limit: 9}, nil},
	} {
		counts, err := d.TopCodes(t.Context(), c.filter)
		require.NoError(t, err)

		var reasons []string
		for _, count := range counts {
			reasons = append(reasons, count.Reason)
		}

		require.Equal(t, c.want, reasons, name)
	}

	minutes, err := d.Minutes(t.Context(), time.Hour)
	require.NoError(t, err)

	ended := int64(0)
	for _, minute := range minutes {
		ended += minute.Count
		require.Zero(t, minute.At.Second())
	}

	require.Equal(t, int64(3), ended)

	totals, err := d.ProgramTotals(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.ProgramTotal{{"acme", store.StatusDead, 1}, {"acme", store.StatusRejected, 2}}, totals)
}

func TestBatchesAndRejectsAreListedPageByPage(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	began := time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)

	for i := range 3 {
		require.NoError(t, d.SaveBatch(t.Context(), store.Batch{
			ID: fmt.Sprint("b", i), Program: "acme", Source: "cards.csv", StartedAt: began.Add(time.Duration(i) * time.Minute),
		}))
	}

	first, err := d.BatchesBefore(t.Context(), store.Batch{}, 2)
	require.NoError(t, err)
	require.Equal(t, "b2", first[0].Batch.ID)

	second, err := d.BatchesBefore(t.Context(), first[1].Batch, 2)
	require.NoError(t, err)
	require.Len(t, second, 1)
	require.Equal(t, "b0", second[0].Batch.ID)

	fault := store.Fault{Field: "pan", Code: "INVALID_PAN"}
	require.NoError(t, d.SaveRejects(t.Context(), "b0", []store.Reject{
		{Row: 3, Line: 4, Faults: []store.Fault{fault, fault}}, {Row: 7, Line: 8, Faults: []store.Fault{fault}},
	}))

	rejects, err := d.RejectsAfter(t.Context(), "b0", 0, 2)
	require.NoError(t, err)
	require.Equal(t, []store.Reject{{Row: 3, Line: 4, Faults: []store.Fault{fault, fault}}}, rejects)

	rejects, err = d.RejectsAfter(t.Context(), "b0", 3, 2)
	require.NoError(t, err)
	require.Equal(t, []store.Reject{{Row: 7, Line: 8, Faults: []store.Fault{fault}}}, rejects)
}
