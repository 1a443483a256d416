package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// interruptedRun is a file that was sent in part.
type interruptedRun struct {
	path   string
	text   string
	to     bulk.Destination
	queue  *fakeQueue
	o      bulk.Options
	first  bulk.Summary
	sealed int // rows of the second run that came as far as the queue
}

const brokenRows = 400

// interruptRun submits a file and stops after some batches, as a full disk or a lost server would.
func interruptRun(t *testing.T, text string, changes ...func(*bulk.Options)) *interruptedRun {
	t.Helper()

	b := &interruptedRun{path: write(t, text), text: text, queue: &fakeQueue{}}
	b.o = options(t)
	b.o.BatchSize, b.o.InFlight = 10, 1
	b.o.StatePath = b.path + ".submit-state.json"

	for _, change := range changes {
		change(&b.o)
	}

	b.to = bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: b.queue}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	first := b.to
	first.Queue = &hookQueue{Queue: b.queue, at: 20, before: stop}

	var err error

	b.first, err = submitFile(ctx, b.path, first, b.o)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, b.o.StatePath, b.first.StatePath)
	require.EqualValues(t, 200, b.first.SettledRow)

	return b
}

func (b *interruptedRun) resume(t *testing.T) (bulk.Summary, error) {
	t.Helper()

	to := b.to
	to.Queue = countingQueue{b}

	return submitFile(t.Context(), b.path, to, b.o)
}

type countingQueue struct{ *interruptedRun }

func (c countingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	c.sealed += len(batch)
	return c.queue.PublishBatch(ctx, batch)
}

func TestTheSameCallGoesOnFromTheCheckpoint(t *testing.T) {
	t.Parallel()

	for name, text := range map[string]string{
		"as it is":                  cards(brokenRows),
		"with rows wrong twice":     strings.ReplaceAll(cards(brokenRows), "0@example.com", "0.example.com"),
		"with semicolons":           strings.ReplaceAll(cards(brokenRows), ",", ";"),
		"packed":                    gzipped(t, cards(brokenRows)),
		"as UTF-16":                 utf16(cards(brokenRows)),
		"with lines that end in CR": strings.ReplaceAll(cards(brokenRows), "\n", "\r"),
		"with CR and a mark":        "\xef\xbb\xbf" + strings.ReplaceAll(cards(brokenRows), "\n", "\r"),
		"with the line sep=":        "sep=,\r\n" + cards(brokenRows),
		"as JSON Lines":             objects(cards(brokenRows)),
		"with a byte order mark":    "\xef\xbb\xbf" + cards(brokenRows),
		"with CRLF and empty lines": strings.ReplaceAll(cards(brokenRows), "\n", "\r\n\r\n"),
		"with cells of several lines": strings.Replace(strings.ReplaceAll(cards(brokenRows), "@example.com\n", "@example.com,\"a\nb\"\n"),
			"email\n", "email,address_line1\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := interruptRun(t, text)
			require.NoFileExists(t, b.o.RejectsPath, "it is beside while it is not complete")
			require.Equal(t, b.o.RejectsPath+".partial", b.first.RejectsPath)

			state := read(t, b.o.StatePath)
			require.False(t, pan.Contains(state), state)

			info, err := os.Stat(b.o.StatePath)
			require.NoError(t, err)
			require.EqualValues(t, 0o600, info.Mode().Perm())

			second, err := b.resume(t)
			require.NoError(t, err)
			require.Equal(t, b.first.SettledRow, second.ResumedAfter)
			require.EqualValues(t, brokenRows, second.RowsRead)
			require.EqualValues(t, brokenRows*9/10, second.Published)
			require.Zero(t, second.Duplicates)
			require.Equal(t, 180, b.sealed, "only the second half was sealed again")
			require.Len(t, b.queue.jobs, brokenRows*9/10)

			lines := map[string]bool{}
			for _, row := range rejected(t, b.o.RejectsPath) {
				lines[row["reject_line"]] = true
			}

			require.Len(t, lines, brokenRows/10, "each rejected row once, with the line on which it is")

			whole, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: b.to.Sealer, Queue: &fakeQueue{}}, options(t))
			require.NoError(t, err)
			require.Equal(t, read(t, whole.RejectsPath), read(t, b.o.RejectsPath), "as without an interruption")
			require.Equal(t, whole.SettledLine, second.SettledLine)
			require.Equal(t, whole.ByCode, second.ByCode)
			require.EqualValues(t, brokenRows/10, second.ByCode["INVALID_PAN"])

			require.NoFileExists(t, b.o.StatePath)
			require.NoFileExists(t, b.o.RejectsPath+".partial")
		})
	}
}

// objects are the rows of a file as JSON Lines, with an empty line in the place of the header.
func objects(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	names := strings.Split(lines[0], ",")
	lines[0] = ""

	for i, line := range lines[1:] {
		var members []string
		for n, value := range strings.Split(line, ",") {
			members = append(members, fmt.Sprintf("%q:%q", names[n], value))
		}

		lines[i+1] = "{" + strings.Join(members, ",") + "}"
	}

	return strings.Join(lines, "\n") + "\n"
}

func TestAnotherFileOrRunDoesNotGoOn(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(b *interruptedRun) error
		says   []string
	}{
		"a row less": {
			func(b *interruptedRun) error { return edit(b.path, func(s string) string { return s[:len(s)-40] }) },
			[]string{"was changed since 2026-06-15", "as batch june, for certain up to row 200 (line 201)", "--restart"},
		},
		"a row more, and another digit": {
			func(b *interruptedRun) error {
				return edit(b.path, func(s string) string { return replace("card-399", "card-398")(s) + row + "\n" })
			},
			[]string{"was changed since 2026-06-15", "--restart"},
		},
		"another digit": {
			func(b *interruptedRun) error { return edit(b.path, replace("card-399", "card-398")) },
			[]string{"was changed since", "put the former content back"},
		},
		"another batch": {
			func(b *interruptedRun) error { b.o.Batch = "july"; return nil },
			[]string{"was begun as batch june of program demo", "--restart"},
		},
		"another program":    {func(b *interruptedRun) error { b.o.Program = "gold"; return nil }, []string{"was begun as batch june of program demo"}},
		"another mapping":    {func(b *interruptedRun) error { b.o.Input.Mapping.Ignore = []string{"x"}; return nil }, []string{"with other settings", "--restart"}},
		"another expiration": {func(b *interruptedRun) error { b.o.NotAfter = today().Add(time.Hour); return nil }, []string{"with other settings"}},
		"half a checkpoint": {
			func(b *interruptedRun) error {
				return edit(b.o.StatePath, func(s string) string { return s[:len(s)/2] })
			},
			[]string{"is damaged", "--restart"},
		},
		"an empty one": {func(b *interruptedRun) error { return edit(b.o.StatePath, func(string) string { return "" }) }, []string{"is damaged"}},
		"an edited one": {
			func(b *interruptedRun) error { return edit(b.o.StatePath, replace(`"row": 200`, `"row": 300`)) },
			[]string{"was damaged or changed by somebody"},
		},
		"something else in its place": {
			func(b *interruptedRun) error {
				return edit(b.o.StatePath, func(string) string { return `{"name":"x"}` })
			},
			[]string{"is damaged or no checkpoint"},
		},
		"edited rejects": {
			func(b *interruptedRun) error { return edit(b.first.RejectsPath, replace("12", "11")) },
			[]string{".partial was changed since the earlier run", "--restart"},
		},
		"no rejects any more": {
			func(b *interruptedRun) error { return os.Remove(b.first.RejectsPath) },
			[]string{"no such file", "put them back", "--restart"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := interruptRun(t, cards(brokenRows))
			require.NoError(t, c.change(b))

			summary, err := b.resume(t)
			require.Error(t, err)
			require.Empty(t, summary)
			require.Zero(t, b.sealed, "nothing was sent")

			for _, text := range c.says {
				require.ErrorContains(t, err, text)
			}

			b.o.Restart = true
			summary, err = b.resume(t)
			require.NoError(t, err, "the way out that the message names")
			require.Zero(t, summary.ResumedAfter)
			require.NoFileExists(t, b.o.StatePath)
		})
	}
}

func edit(path string, change func(string) string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}

	return os.WriteFile(path, []byte(change(string(text))), 0o600)
}

func replace(old, now string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, now, 1) }
}

// The run was stopped between putting the rejects in their place and removing the checkpoint.
func TestRejectsInTheirPlaceAreGoneOnWith(t *testing.T) {
	t.Parallel()

	b := interruptRun(t, cards(brokenRows))
	require.NoError(t, os.Rename(b.first.RejectsPath, b.o.RejectsPath))

	_, err := b.resume(t)
	require.NoError(t, err)
	require.Len(t, rejected(t, b.o.RejectsPath), brokenRows/10)
}

func TestWithoutAPlaceForTheCheckpointTheRunGoesOn(t *testing.T) {
	t.Parallel()

	var warnings []string

	o := options(t)
	o.StatePath = filepath.Join(t.TempDir(), "none", "state.json")
	o.Warn = func(text string) { warnings = append(warnings, text) }

	summary, err := submitFile(t.Context(), write(t, cards(100)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, o)
	require.NoError(t, err)
	require.EqualValues(t, 90, summary.Published)
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "state.json cannot be written")
	require.Contains(t, warnings[0], "going on without")
}

// What was confirmed and not yet in a checkpoint comes again, and is no new job.
func TestACheckpointThatIsBehindSendsNothingTwice(t *testing.T) {
	t.Parallel()

	path := write(t, cards(brokenRows))
	queue := &fakeQueue{}
	o := options(t)
	o.BatchSize, o.InFlight, o.StatePath = 10, 1, path+".state"

	var kept []byte

	o.OnProgress = func(p bulk.Progress) { // as if the process had been killed without a further word
		if p.Published >= 90 && kept == nil {
			kept, _ = os.ReadFile(o.StatePath)
		}
	}
	o.Now = tickingClock() // a checkpoint after each batch

	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}
	_, err := submitFile(t.Context(), path, to, o)
	require.NoError(t, err)

	var settled int64

	_, after, _ := strings.Cut(string(kept), `"row": `)
	_, err = fmt.Sscan(after, &settled)
	require.NoError(t, err)
	require.Positive(t, settled)
	require.NoError(t, os.WriteFile(o.StatePath, kept, 0o600))

	summary, err := submitFile(t.Context(), path, to, o)
	require.NoError(t, err)
	require.Equal(t, settled, summary.ResumedAfter)
	require.EqualValues(t, brokenRows*9/10, summary.Published+summary.Duplicates)
	require.Len(t, queue.jobs, brokenRows*9/10)
	require.Len(t, rejected(t, o.RejectsPath), brokenRows/10)
}

// failingQueue refuses a batch now and then.
type failingQueue struct {
	bulk.Queue

	at int
	n  int
}

func (q *failingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	if q.n++; q.n%q.at == 0 {
		return jobs.Receipt{}, errors.New("the server is on fire")
	}

	return q.Queue.PublishBatch(ctx, batch)
}

// However often a run breaks off, the runs together do each row once.
func TestManyInterruptionsAddUpToTheFile(t *testing.T) {
	t.Parallel()

	const rows = 1000

	path := write(t, cards(rows))
	queue := &fakeQueue{}
	o := options(t)
	o.BatchSize, o.InFlight, o.StatePath = 16, 1, path+".state"
	o.Now = tickingClock()

	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &failingQueue{Queue: queue, at: 9}}
	runs := 0

	for {
		runs++

		summary, err := submitFile(t.Context(), path, to, o)
		if err == nil {
			// A batch that was stored behind the one that failed comes again as a duplicate.
			require.EqualValues(t, rows*9/10, summary.Published+summary.Duplicates)
			break
		}

		require.ErrorContains(t, err, "on fire")
		require.Less(t, runs, 100)
	}

	require.Greater(t, runs, 5)
	require.Len(t, queue.jobs, rows*9/10)

	for i, row := range rejected(t, o.RejectsPath) {
		require.Equal(t, strconv.Itoa((i+1)*10+1), row["reject_line"])
	}
}

func TestTheRateIsKept(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.Rate = 100
	queue := &batchSizeQueue{}

	begin := time.Now()
	_, err := bulk.Submit(t.Context(), source(cards(150)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(begin), 250*time.Millisecond, "135 rows, of which 100 may go at once")
	require.LessOrEqual(t, queue.rows, 100, "no batch is more than a second's worth")
}

type batchSizeQueue struct{ rows int }

func (q *batchSizeQueue) PublishBatch(_ context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	q.rows = max(q.rows, len(batch))
	return jobs.Receipt{Stored: int64(len(batch))}, nil
}

func TestTwoRunsOfOneFileDoNotMeet(t *testing.T) {
	t.Parallel()

	path := write(t, cards(100))
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}
	o := options(t)

	var second error

	first := to
	first.Queue = &hookQueue{Queue: to.Queue, at: 1, before: func() { _, second = submitFile(t.Context(), path, to, options(t)) }}

	_, err := submitFile(t.Context(), path, first, o)
	require.NoError(t, err)
	require.ErrorContains(t, second, "is being sent by another process")

	_, err = submitFile(t.Context(), path, to, o)
	require.NoError(t, err, "the lock ends with the run")
}
