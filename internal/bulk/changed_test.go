package bulk_test

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
)

const changedRows = 1000

// forms are the forms in which the file of these tests comes: each of several blocks, so that most of it is not read yet when
// it is changed.
func forms(t *testing.T) map[string]func(rows int) string {
	t.Helper()

	spread := func(text string) string { return strings.ReplaceAll(text, "\n", strings.Repeat("\n", 800)) }

	return map[string]func(int) string{
		"CSV":        func(rows int) string { return spread(cards(rows)) },
		"JSON Lines": func(rows int) string { return spread(objects(cards(rows))) },
		"packed": func(rows int) string {
			return packed(t, spread(cards(rows)), func(w io.Writer) io.WriteCloser {
				packer, err := gzip.NewWriterLevel(w, gzip.NoCompression)
				require.NoError(t, err)

				return packer
			})
		},
	}
}

// changedRun is a file that was changed while it was sent.
type changedRun struct {
	*interruptedRun
	intakeKey
}

// changeWhileSent submits a file and changes it after some batches.
func changeWhileSent(t *testing.T, text string, change func(path string) error) (changedRun, bulk.Summary, error) {
	t.Helper()

	c := changedRun{&interruptedRun{path: write(t, text), text: text, queue: &fakeQueue{}}, newIntakeKey(t)}
	c.o = options(t)
	c.o.BatchSize, c.o.InFlight, c.o.Sealers = 20, 1, 1
	c.o.StatePath = c.path + ".submit-state.json"
	c.to = bulk.Destination{Sealer: c.sealer, Queue: c.queue}

	first := c.to
	first.Queue = &hookQueue{Queue: c.queue, at: 3, before: func() { require.NoError(t, change(c.path)) }}

	summary, err := submitFile(t.Context(), c.path, first, c.o)

	return c, summary, err
}

// requireRowsAsChecked compares what was sent with the rows of the file before it was changed.
func (c changedRun) requireRowsAsChecked(t *testing.T) {
	t.Helper()

	for id, job := range c.queue.jobs {
		require.Equal(t, "card-"+strings.TrimPrefix(id, "june.")+"@example.com", c.open(t, job).Consumer.EmailAddress)
	}
}

func TestWhatIsAppendedIsReportedAndNotSent(t *testing.T) {
	t.Parallel()

	const more = row + "\n" + row + "\n"

	for name, form := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b, summary, err := changeWhileSent(t, form(changedRows), func(path string) error { return add(path, more) })
			require.NoError(t, err)
			require.EqualValues(t, changedRows, summary.RowsRead)
			require.EqualValues(t, changedRows*9/10, summary.Published)
			require.Len(t, b.queue.jobs, changedRows*9/10)
			require.EqualValues(t, len(more), summary.Remainder.Appended)
			require.EqualValues(t, len(b.text), summary.Remainder.From)
			require.Contains(t, summary.Remainder.String(), "were appended to "+b.path)
			require.Contains(t, summary.Remainder.String(), "under another --batch")
			require.NoFileExists(t, b.o.StatePath, "the file that was checked is complete")
		})
	}
}

// The words that say how to send what was appended are a command that works.
func TestTheRestOfAFileIsSentAsAFileOfItsOwn(t *testing.T) {
	t.Parallel()

	for name, before := range map[string]string{"a header": "", "the line sep= above it": "sep=,\n", "blank lines and a mark above it": "\ufeff\n\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b, summary, err := changeWhileSent(t, before+cards(changedRows), func(path string) error { return add(path, row+"\n") })
			require.NoError(t, err)

			_, command, found := strings.Cut(summary.Remainder.String(), "--batch: ")
			require.True(t, found)

			rest := b.path + ".rest.csv"
			require.NoError(t, exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "REST", "'"+rest+"'", 1)).Run())
			require.Equal(t, before+header+"\n"+row+"\n", read(t, rest))
		})
	}
}

// Of lines that end in CR, tools for lines would take all for the header, and send the whole file once more.
func TestTheRestOfAFileWithoutLineFeedsIsNotCutWithToolsForLines(t *testing.T) {
	t.Parallel()

	text := strings.ReplaceAll(cards(changedRows), "\n", "\r")
	_, summary, err := changeWhileSent(t, text, func(path string) error { return add(path, row+"\r") })
	require.NoError(t, err)
	require.EqualValues(t, len(row)+1, summary.Remainder.Appended)
	require.NotContains(t, summary.Remainder.String(), "head")
	require.Contains(t, summary.Remainder.String(), "send the rows that were added as a file of their own")
}

// A file that is changed when all of it was read is sent as it was, which is said.
func TestAFileThatIsChangedBehindTheReaderIsSentAsItWas(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(path string) error{
		"one byte": func(path string) error { return overwrite(path, -3, "X") },
		"cut":      func(path string) error { return os.Truncate(path, 100) },
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b, summary, err := changeWhileSent(t, cards(changedRows), change)
			require.NoError(t, err)
			require.Len(t, b.queue.jobs, changedRows*9/10)
			require.True(t, summary.Remainder.Changed)
			require.Contains(t, summary.Remainder.String(), b.path+" was changed after it was read")
		})
	}

	_, summary, err := changeWhileSent(t, cards(changedRows), func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) })
	require.NoError(t, err)
	require.True(t, summary.Remainder.None(), "its content is the same")
}

// A run that was broken off before rows were appended goes on with what it had checked.
func TestABrokenRunGoesOnAlthoughRowsWereAppended(t *testing.T) {
	t.Parallel()

	for name, form := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := interruptRun(t, form(brokenRows))
			require.NoError(t, add(b.path, row+"\n"))

			second, err := b.resume(t)
			require.NoError(t, err)
			require.Equal(t, b.first.SettledRow, second.ResumedAfter)
			require.EqualValues(t, brokenRows, second.RowsRead)
			require.EqualValues(t, len(row)+1, second.Remainder.Appended)
			require.Len(t, b.queue.jobs, brokenRows*9/10)
			require.NoFileExists(t, b.o.StatePath)
		})
	}
}

// A file that is cut or written over while it is sent ends the run, and nothing is sent that was not checked. The former
// content can be put back, or the new one sent under another batch.
func TestAFileThatIsChangedWhileItIsSent(t *testing.T) {
	t.Parallel()

	for way, change := range map[string]func(path string) error{
		"cut": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}

			return os.Truncate(path, info.Size()*3/4)
		},
		"emptied":             func(path string) error { return os.Truncate(path, 0) },
		"one byte at the end": func(path string) error { return overwrite(path, -3, "X") },
		"another row":         func(path string) error { return overwrite(path, -int64(len(row))-40, row) },
		"cut and written again, longer": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat(cards(changedRows), 40)[1:]), 0o600)
		},
	} {
		for name, form := range forms(t) {
			t.Run(way+", "+name, func(t *testing.T) {
				t.Parallel()

				b, summary, err := changeWhileSent(t, form(changedRows), change)
				require.ErrorContains(t, err, "what was sent of it is what was checked, and nothing else was sent")
				require.ErrorContains(t, err, b.path)
				require.Less(t, summary.RowsRead, int64(changedRows))
				require.Equal(t, b.o.StatePath, summary.StatePath)

				require.NotEmpty(t, b.queue.jobs)
				b.requireRowsAsChecked(t)

				_, err = b.resume(t)
				require.ErrorContains(t, err, "was changed since")
				require.ErrorContains(t, err, "use --restart and another --batch")
				require.Zero(t, b.sealed)

				require.NoError(t, os.WriteFile(b.path, []byte(b.text), 0o600))

				_, err = b.resume(t)
				require.NoError(t, err)
				require.Len(t, b.queue.jobs, changedRows*9/10, "each row, once")
				b.requireRowsAsChecked(t)
			})
		}
	}
}

func TestAFileThatIsReplacedIsSentAsItWas(t *testing.T) {
	t.Parallel()

	for name, form := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b, summary, err := changeWhileSent(t, form(changedRows), func(path string) error {
				if err := os.WriteFile(path+".new", []byte(cards(10)), 0o600); err != nil {
					return err
				}

				return os.Rename(path+".new", path)
			})
			require.NoError(t, err)
			require.Len(t, b.queue.jobs, changedRows*9/10)
			require.True(t, summary.Remainder.Replaced)
			require.Contains(t, summary.Remainder.String(), b.path+" was replaced by another file")
		})
	}
}

// A last row that was cut by the check is not sent: its writer is not done.
func TestAFileThatIsStillWrittenIsRefused(t *testing.T) {
	t.Parallel()

	path := write(t, cards(100)+row[:len(row)-4])
	o := options(t)
	o.OnCheck = func(p bulk.Progress) {
		if p.Rows == 101 {
			require.NoError(t, add(path, row[len(row)-4:]+"\n"))
		}
	}

	queue := &fakeQueue{}
	_, err := submitFile(t.Context(), path, bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorContains(t, err, "is still being written")
	require.Empty(t, queue.jobs)
}

// What is appended while a dry run reads the file is told.
func TestACheckSaysWhatWasAppended(t *testing.T) {
	t.Parallel()

	path := write(t, cards(100))
	o := options(t)
	o.OnCheck = func(bulk.Progress) { require.NoError(t, add(path, row+"\n")) }

	source, file, err := cardfile.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })

	found, err := bulk.Check(t.Context(), source, o)
	require.NoError(t, err)
	require.NotEmpty(t, found.Notes)
	require.Contains(t, strings.Join(found.Notes, "\n"), "were appended to "+path)
}

// A pipe is read once, and what comes is what is sent.
func TestAPipeLeavesNothing(t *testing.T) {
	t.Parallel()

	summary, err := bulk.Submit(context.Background(), pipe(cards(100)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, options(t))
	require.NoError(t, err)
	require.True(t, summary.Remainder.None())
}

func add(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}

	if _, err := file.WriteString(text); err != nil {
		return err
	}

	return file.Close()
}

// overwrite writes in place, so far before the end.
func overwrite(path string, before int64, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}

	info, err := file.Stat()
	if err != nil {
		return err
	}

	if _, err := file.WriteAt([]byte(text), info.Size()+before); err != nil {
		return err
	}

	return file.Close()
}
