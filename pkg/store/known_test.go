package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// What need not be sent again: every job with a row, unless it goes on only when it is published again.
func TestKnown(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	of := func(id string) jobTest { return jobTest{database: d, tb: t, id: id} }

	of("enrolled").finish("enrolled", store.StatusEnrolled)
	of("retrying").retrying(time.Now().Add(time.Hour))
	of("being called").begin()
	of("invalid").end(store.StatusInvalid)
	of("dead").end(store.StatusDead)
	of("lost").finish("halted", store.StatusPending)
	of("lost").overdueSince(time.Hour)
	of("lost").lose(of("lost").overdue())

	known, err := d.Known(t.Context(), []string{"enrolled", "retrying", "being called", "invalid", "dead", "lost", "new"})
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"enrolled": true, "retrying": true, "being called": true, "invalid": true, "dead": true}, known)

	d.Close()
	_, err = d.Known(t.Context(), []string{"enrolled"})
	require.ErrorContains(t, err, "reading which jobs are known")
}

func TestUnseenJobsOfAFile(t *testing.T) {
	t.Parallel()

	p := store.Progress{Batch: store.Batch{RowsRead: 10, RowsRejected: 1}, ByStatus: map[store.Status]int64{store.StatusEnrolled: 6}}
	require.Zero(t, p.Unseen(), "more rows may come")

	p.Batch.CompletedAt = time.Now()
	require.EqualValues(t, 3, p.Unseen())

	p.ByStatus[store.StatusConflict] = 5
	require.Zero(t, p.Unseen())
}
