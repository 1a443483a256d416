package lost_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

func readAt() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// of is a file of ten rows, one of them rejected, of which workers have seen so many jobs.
func of(seen int64) store.Progress {
	return store.Progress{
		Batch: store.Batch{
			ID: "june", Program: "demo", Source: "cards\x1b.csv", RowsRead: 10, RowsRejected: 1, RowsPublished: 9, CompletedAt: readAt(),
		},
		ByStatus: map[store.Status]int64{store.StatusEnrolled: seen},
	}
}

func TestFinder(t *testing.T) {
	t.Parallel()

	type look struct{ last, oldest uint64 }

	for name, c := range map[string]struct {
		looks []look
		seen  int64
		want  int64
	}{
		"nobody has asked the queue":                  {nil, 6, 0},
		"the queue is empty":                          {[]look{{100, 0}}, 6, 3},
		"the queue is empty, and all are seen":        {[]look{{100, 0}}, 9, 0},
		"some are in the queue":                       {[]look{{100, 98}}, 6, 0},
		"the last message is one of them":             {[]look{{100, 100}}, 6, 0},
		"others have come meanwhile":                  {[]look{{100, 98}, {200, 101}}, 6, 3},
		"one is still there among others":             {[]look{{100, 98}, {200, 100}}, 6, 0},
		"the stream was made again, with others":      {[]look{{100, 98}, {5, 2}}, 6, 0},
		"the stream was made again, and is worked on": {[]look{{100, 98}, {5, 2}, {9, 6}}, 6, 3},
		"it came back":                                {[]look{{100, 0}, {200, 90}}, 6, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var finder lost.Finder

			for _, l := range c.looks {
				finder.Look(jobs.NewJobs{Last: l.last, Oldest: l.oldest})
			}

			require.Equal(t, c.want, finder.Count(of(c.seen)))
		})
	}

	var finder lost.Finder

	finder.Look(jobs.NewJobs{})

	reading := of(6)
	reading.Batch.CompletedAt = time.Time{}
	require.Zero(t, finder.Count(reading), "the file is being read")
}

// ledger says one thing after the other, the last again and again.
type ledger []store.Progress

func (l *ledger) Progress(context.Context, string) (store.Progress, error) {
	said := (*l)[0]
	if len(*l) > 1 {
		*l = (*l)[1:]
	}

	return said, nil
}

type queue struct {
	says jobs.NewJobs
	err  error
}

func (q queue) NewJobs(context.Context, string) (jobs.NewJobs, error) { return q.says, q.err }

func TestOneLook(t *testing.T) {
	t.Parallel()

	again := of(6)
	again.Batch.CompletedAt = readAt().Add(time.Hour)

	for name, c := range map[string]struct {
		ledger ledger
		queue  jobs.NewJobs
		want   int64
	}{
		"the queue is empty":                          {ledger{of(6)}, jobs.NewJobs{Last: 100}, 3},
		"a job was seen meanwhile":                    {ledger{of(6), of(7)}, jobs.NewJobs{Last: 100}, 2},
		"jobs of the time of the file are there":      {ledger{of(6)}, jobs.NewJobs{Last: 100, Oldest: 98, OldestAt: readAt()}, 0},
		"jobs of shortly after are there":             {ledger{of(6)}, jobs.NewJobs{Last: 100, Oldest: 98, OldestAt: readAt().Add(time.Minute)}, 0},
		"what is there has come long after the file":  {ledger{of(6)}, jobs.NewJobs{Last: 100, Oldest: 98, OldestAt: readAt().Add(time.Hour)}, 3},
		"the file was sent again while that was seen": {ledger{of(6), again}, jobs.NewJobs{Last: 100}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			n, err := lost.Count(t.Context(), &c.ledger, queue{says: c.queue}, "june")
			require.NoError(t, err)
			require.Equal(t, c.want, n)
		})
	}

	away := errors.New("away")
	_, err := lost.Count(t.Context(), &ledger{of(6)}, queue{err: away}, "june")
	require.ErrorIs(t, err, away)

	n, err := lost.Count(t.Context(), &ledger{of(9)}, queue{err: away}, "june")
	require.NoError(t, err, "the queue need not be asked")
	require.Zero(t, n)
}

func TestNoteIsPrintable(t *testing.T) {
	t.Parallel()

	require.Equal(t, "3 jobs are lost: they were published, no worker has seen them, and the queue does not hold them any more. "+
		"Send the file again, which sends just those: submit cards.csv --program demo --batch june", lost.Note(3, of(6).Batch))
}

func TestTheQueueTellsWhereNewJobsAre(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	q := lost.JetStream{JS: js}
	_, err = q.NewJobs(t.Context(), "demo")
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)

	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	n, err := q.NewJobs(t.Context(), "demo")
	require.NoError(t, err)
	require.Equal(t, jobs.NewJobs{}, n)
	require.True(t, n.Gone(n.Last))

	for _, program := range []string{"other", "demo", "demo", "other"} {
		_, err := js.Publish(t.Context(), jobs.Subject(program), nil)
		require.NoError(t, err)
	}

	n, err = q.NewJobs(t.Context(), "demo")
	require.NoError(t, err)
	require.EqualValues(t, 4, n.Last)
	require.EqualValues(t, 2, n.Oldest)
	require.WithinDuration(t, time.Now(), n.OldestAt, time.Minute)
	require.False(t, n.Gone(4))
	require.True(t, n.Gone(1))
}
