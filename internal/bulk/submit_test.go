package bulk_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// queue is a stream of the test's own.
type queue struct {
	*jobs.Publisher

	js jetstream.JetStream
}

func newQueue(tb testing.TB, topology jobs.Topology) *queue {
	tb.Helper()

	js, err := jetstream.New(stacktest.Connect(tb, stacktest.NATS(tb)))
	require.NoError(tb, err)
	_, err = jobs.Ensure(tb.Context(), js, topology)
	require.NoError(tb, err)

	return &queue{Publisher: jobs.NewPublisher(js, jobs.PublisherOptions{}), js: js}
}

// stored returns the jobs on the stream, in its order.
func (q *queue) stored(t *testing.T) []jobs.Job {
	t.Helper()

	stream, err := q.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	var found []jobs.Job

	for sequence := range stream.CachedInfo().State.LastSeq {
		message, err := stream.GetMsg(t.Context(), sequence+1)
		require.NoError(t, err)

		var job jobs.Job

		require.NoError(t, json.Unmarshal(message.Data, &job))
		found = append(found, job)
	}

	return found
}

func newStore(t *testing.T) *store.Store {
	t.Helper()

	s, err := store.Open(t.Context(), stacktest.Database(t), store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)

	return s
}

// cards are n rows with numbers, every tenth of them with a digit wrong.
func cards(n int) string {
	var text strings.Builder

	text.WriteString(header + "\n")

	for i := 1; i <= n; i++ {
		number := fmt.Sprintf("5204739900%05d", i)
		check := pan.CheckDigit(number)

		if i%10 == 0 {
			check = '0' + (check-'0'+1)%10
		}

		fmt.Fprintf(&text, "%s%c,12,2029,card-%d@example.com\n", number, check, i)
	}

	return text.String()
}

func TestSubmit(t *testing.T) {
	t.Parallel()

	const rows = 1000

	text := cards(rows)
	path := write(t, text)
	queue, office, registry := newQueue(t, jobs.Topology{}), newIntakeKey(t), newStore(t)
	to := bulk.Destination{Sealer: office.sealer, Queue: queue, Registry: registry}
	sum := sha256.Sum256([]byte(text))

	var last bulk.Progress

	o := options(t)
	o.BatchSize = 64
	o.Now = tickingClock()
	o.OnProgress = func(p bulk.Progress) {
		require.GreaterOrEqual(t, p.Rows, last.Rows)
		require.Greater(t, p.Elapsed, last.Elapsed)
		require.InDelta(t, float64(p.Rejected+p.Published)/p.Elapsed.Seconds(), p.Rate(), 0.01)
		require.Equal(t, bulk.Progress{
			Rows: p.Rows, Rejected: p.Rejected, Published: p.Published, Bytes: p.Bytes, Size: int64(len(text)), Elapsed: p.Elapsed,
		}, p)

		last = p
	}

	summary, err := submitFile(t.Context(), path, to, o)
	require.NoError(t, err)
	require.Equal(t, bulk.Summary{
		RowsRead: rows, Rejected: rows / 10, ByCode: map[string]int64{"INVALID_PAN": rows / 10}, Published: rows * 9 / 10,
		Reasons: []rejects.Reason{{
			Code: "INVALID_PAN", Column: "pan", Text: "fails the Luhn check: a digit is wrong or missing", Rows: rows / 10,
			Lines: []int64{11, 21, 31},
		}},
		SettledRow: rows, SettledLine: rows + 1, RejectsPath: o.RejectsPath, SourceSHA256: sum[:], Elapsed: summary.Elapsed,
	}, summary)
	require.Positive(t, summary.Elapsed)

	require.Equal(t, bulk.Progress{
		Rows: rows, Rejected: rows / 10, Published: rows * 9 / 10, Bytes: int64(len(text)), Size: int64(len(text)), Elapsed: last.Elapsed,
	}, last)
	require.Len(t, rejected(t, o.RejectsPath), rows/10)

	stored := queue.stored(t)
	require.Len(t, stored, rows*9/10)

	for _, job := range stored {
		var row int

		_, err := fmt.Sscanf(job.ID, "june.%d", &row)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("card-%d@example.com", row), office.open(t, job).Consumer.EmailAddress)
	}

	progress, err := registry.Progress(t.Context(), "june")
	require.NoError(t, err)
	require.Equal(t, store.Batch{
		ID: "june", Program: "demo", Source: "cards.csv", SourceSHA256: sum[:],
		RowsRead: rows, RowsRejected: rows / 10, RowsPublished: rows * 9 / 10,
		StartedAt: progress.Batch.StartedAt, CompletedAt: progress.Batch.CompletedAt,
	}, progress.Batch)
	require.True(t, progress.Batch.CompletedAt.After(progress.Batch.StartedAt))
}

func TestTheSameFileAgainPublishesNothingNew(t *testing.T) {
	t.Parallel()

	path := write(t, cards(100))
	queue := newQueue(t, jobs.Topology{})
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: newStore(t)}
	o := options(t)

	for _, want := range []jobs.Receipt{{Stored: 90}, {Duplicates: 90}} {
		summary, err := submitFile(t.Context(), path, to, o)
		require.NoError(t, err)
		require.Equal(t, want, jobs.Receipt{Stored: summary.Published, Duplicates: summary.Duplicates})
		require.Len(t, queue.stored(t), 90)
	}
}

func TestABatchIsOneFileOfOneProgram(t *testing.T) {
	t.Parallel()

	queue := &fakeQueue{}
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: newStore(t)}
	o := options(t)

	_, err := submitFile(t.Context(), write(t, cards(5)), to, o)
	require.NoError(t, err)

	summary, err := submitFile(t.Context(), write(t, cards(6)), to, o)
	require.ErrorIs(t, err, store.ErrBatchConflict)
	require.True(t, strings.HasPrefix(err.Error(), "cards.csv: batch june is ") || strings.Contains(err.Error(), "/cards.csv: batch june is "), err)
	require.ErrorContains(t, err, "batch june is cards.csv as it was on 2026-06-15 12:00:00, with other content (5 rows)")
	require.ErrorContains(t, err, "such as --batch june-2026-06-15.")
	require.Empty(t, summary)
	require.Len(t, queue.jobs, 5, "refused before anything is sent")

	o.Program = "other"
	_, err = bulk.Submit(t.Context(), source(cards(5)), to, o)
	require.ErrorIs(t, err, store.ErrBatchConflict)
	require.ErrorContains(t, err, "batch june is of program demo")

	o.Program, o.Batch = "demo", "june-2026-06-15"
	_, err = submitFile(t.Context(), write(t, cards(6)), to, o)
	require.NoError(t, err, "as proposed")

	o.Batch = "june"
	_, err = submitFile(t.Context(), write(t, cards(7)), to, o)
	require.ErrorContains(t, err, "such as --batch june-2026-06-15-1200.", "what is taken is not proposed")

	o.Batch = "june"
	_, err = bulk.Submit(t.Context(), pipe(cards(8)), to, o)
	require.ErrorContains(t, err, "with other content", "of a pipe that is known at the end")
}

// The same content is not enrolled again under another name, unless that is asked for.
func TestTheSameContentUnderAnotherName(t *testing.T) {
	t.Parallel()

	queue := &fakeQueue{}
	registry := newStore(t)
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: registry}
	o := options(t)

	_, err := submitFile(t.Context(), write(t, cards(5)), to, o)
	require.NoError(t, err)

	other := o
	other.Batch = "july"
	summary, err := submitFile(t.Context(), write(t, cards(5)), to, other)
	require.ErrorIs(t, err, bulk.ErrSentBefore)
	require.ErrorContains(t, err, "as batch june (cards.csv, begun 2026-06-15 12:00:00, 5 rows); to enroll its cards once more, use --again")
	require.Empty(t, summary)
	require.Len(t, queue.jobs, 5, "refused before anything is sent")

	_, err = registry.Progress(t.Context(), "july")
	require.ErrorIs(t, err, store.ErrNoBatch, "what was refused leaves no batch")

	summary, err = bulk.Submit(t.Context(), pipe(cards(5)), to, bulk.Options{
		Program: "demo", Batch: "piped", Now: today, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	require.NoError(t, err)
	require.Contains(t, strings.Join(summary.Notes, "\n"), "the same content was sent before, as batch june", "of a pipe it is said at the end")

	other.Again = true
	summary, err = submitFile(t.Context(), write(t, cards(5)), to, other)
	require.NoError(t, err)
	require.EqualValues(t, 5, summary.Published)

	other.Again = false
	summary, err = submitFile(t.Context(), write(t, cards(5)), to, other)
	require.NoError(t, err, "the same command once more is about its own batch")
	require.EqualValues(t, 5, summary.Duplicates)

	third := o
	third.Batch, third.Program = "third", "other"
	_, err = submitFile(t.Context(), write(t, cards(5)), to, third)
	require.NoError(t, err, "another program is another enrollment")

	_, err = registry.CancelBatch(t.Context(), "third", "ana", "wrong program")
	require.NoError(t, err)

	third.Batch = "fourth"
	_, err = submitFile(t.Context(), write(t, cards(5)), to, third)
	require.NoError(t, err, "what was canceled is sent under another name")
}

// Two runs that begin at the same moment are not both sent: neither sees the other before it looks.
func TestTheSameContentAtTheSameMoment(t *testing.T) {
	t.Parallel()

	const runs = 8

	queue := &fakeQueue{}
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue, Registry: newStore(t)}
	path := write(t, cards(20))
	errs := make([]error, runs)

	var group sync.WaitGroup

	for i := range runs {
		o := options(t)
		o.Batch = fmt.Sprintf("june-%d", i)
		source := cardfile.Source{Reader: strings.NewReader(read(t, path)), Name: path}

		group.Go(func() { _, errs[i] = bulk.Submit(t.Context(), source, to, o) })
	}

	group.Wait()

	sent := 0

	for _, err := range errs {
		if err == nil {
			sent++
			continue
		}

		require.ErrorIs(t, err, bulk.ErrSentBefore)
	}

	require.Equal(t, 1, sent)
	require.Len(t, queue.jobs, 18)
}

// Rows are published in their order, as far as chunks in flight side by side allow.
func TestOneChunkAtATimeKeepsTheOrder(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.BatchSize, o.InFlight, o.Sealers = 3, 1, 4
	queue := newQueue(t, jobs.Topology{})

	_, err := bulk.Submit(t.Context(), source(cards(100)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.NoError(t, err)

	var ids, want []string
	for _, job := range queue.stored(t) {
		ids = append(ids, job.ID)
	}

	for row := int64(1); row <= 100; row++ {
		if row%10 != 0 {
			want = append(want, bulk.JobID("june", row))
		}
	}

	require.Equal(t, want, ids)
}

func TestOfAFileThatGrowsTheBatchIsWhatWasChecked(t *testing.T) {
	t.Parallel()

	path := write(t, cards(1000))
	registry := newStore(t)

	o := options(t)
	o.BatchSize, o.InFlight, o.Sealers = 10, 1, 1
	changed := false
	o.OnProgress = func(bulk.Progress) {
		if !changed {
			changed = true

			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = file.WriteString(row + "\n")
			require.NoError(t, err)
			require.NoError(t, file.Close())
		}
	}

	summary, err := submitFile(t.Context(), path, bulk.Destination{
		Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}, Registry: registry,
	}, o)
	require.NoError(t, err)
	require.EqualValues(t, 1000, summary.RowsRead)
	require.EqualValues(t, len(row)+1, summary.Remainder.Appended)

	progress, err := registry.Progress(t.Context(), "june")
	require.NoError(t, err)
	require.NotZero(t, progress.Batch.CompletedAt)

	checked := sha256.Sum256([]byte(cards(1000)))
	require.Equal(t, checked[:], progress.Batch.SourceSHA256)
}

// The rows of a file that is sent again are duplicates, whoever seals them; those of a pipe are stored again where they were
// corrected, for the worker to say what becomes of them.
func TestRowsSentAgainAreDuplicatesOnlyWithTheSameContent(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		first, second cardfile.Source
		duplicates    int64
	}{
		"a file": {source(header + "\n" + row + "\n"), source(header + "\n" + row + "\n"), 1},
		"a pipe with a corrected row": {
			pipe(header + "\n" + testPAN + ",12,2029,wrong@example.com\n"), pipe(header + "\n" + testPAN + ",12,2029,right@example.com\n"), 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			queue := newQueue(t, jobs.Topology{})
			to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}
			_, err := bulk.Submit(t.Context(), c.first, to, options(t))
			require.NoError(t, err)

			to.Queue = jobs.NewPublisher(queue.js, jobs.PublisherOptions{}) // of another process
			summary, err := bulk.Submit(t.Context(), c.second, to, options(t))
			require.NoError(t, err)
			require.Equal(t, c.duplicates, summary.Duplicates)
			require.Equal(t, 1-c.duplicates, summary.Published)
		})
	}
}
