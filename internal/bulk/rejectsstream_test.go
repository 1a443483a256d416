package bulk_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
)

// listen begins to read a pipe, and returns what gives all that was written to it until then. It must be less than a pipe holds.
func listen(t *testing.T, path string) func() string {
	t.Helper()

	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = reader.Close() })

	return func() string {
		text, err := io.ReadAll(reader)
		require.NoError(t, err)

		return string(text)
	}
}

// toPipe has the rejects of a run go to a pipe.
func toPipe(t *testing.T, o *bulk.Options) func() string {
	t.Helper()

	pipeAt(t, o.RejectsPath)

	return listen(t, o.RejectsPath)
}

// streamed are the lines of rejects, of which each must be there once, in their order.
func streamed(t *testing.T, text string) []string {
	t.Helper()

	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)

	var lines []string
	for _, row := range rows {
		lines = append(lines, row[len(header)-len(strings.ReplaceAll(header, ",", ""))+1])
	}

	return lines
}

const again = "5204731600014784,12,2029,ana@example.com\n"

func TestAPipeGetsEachRejectOnce(t *testing.T) {
	t.Parallel()

	bad := strings.Replace(row, "12", "13", 1) + "\n"

	for name, c := range map[string]struct {
		text string
		want []string // the lines
	}{
		"faulty rows":                {header + "\n" + again + bad, []string{"3"}},
		"a duplicate":                {header + "\n" + again + again, []string{"3"}},
		"both":                       {header + "\n" + bad + again + bad + again + again, []string{"2", "4", "5", "6"}},
		"more than may be (refused)": {header + "\n" + bad + bad + again + bad + again + bad, []string{"2", "3", "5", "6", "7"}},
		"none":                       {header + "\n" + again, nil},
	} {
		for way, run := range map[string]func(cardfile.Source, bulk.Options) error{
			"checked": func(s cardfile.Source, o bulk.Options) error {
				_, err := bulk.Check(t.Context(), s, o)
				return err
			},
			"sent": func(s cardfile.Source, o bulk.Options) error {
				_, err := bulk.Submit(t.Context(), s, bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, o)
				return err
			},
		} {
			for kind, source := range map[string]cardfile.Source{"a file": source(c.text), "a pipe": pipe(c.text)} {
				t.Run(name+", "+way+", from "+kind, func(t *testing.T) {
					t.Parallel()

					o := options(t)
					o.MinGood = 20
					written := toPipe(t, &o)

					if err := run(source, o); strings.Contains(name, "refused") && way == "sent" && kind == "a file" {
						require.ErrorContains(t, err, "are rejected")
					} else {
						require.NoError(t, err)
					}

					want := c.want
					if want != nil {
						want = append([]string{"reject_line"}, want...)
					}

					require.Equal(t, want, streamed(t, written()))
					requireKind(t, o.RejectsPath, fs.ModeNamedPipe)

					entries, err := os.ReadDir(filepath.Dir(o.RejectsPath))
					require.NoError(t, err)
					require.Len(t, entries, 1, "nothing beside it")
				})
			}
		}
	}
}

func TestRejectsInAnotherEncodingBeginWithAMarkInAPipeToo(t *testing.T) {
	t.Parallel()

	o := options(t)
	written := toPipe(t, &o)

	_, err := bulk.Check(t.Context(), source(utf16(header+"\n"+strings.Replace(row, "12", "13", 1)+"\n")), o)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(written(), "\ufeffpan,"))
}

// A file that the shell has opened is neither replaced nor cut: the rejects come behind what is in it.
func TestADescriptorGetsTheRejects(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "all.csv")
	file, err := os.Create(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })

	_, err = io.WriteString(file, "before\n")
	require.NoError(t, err)
	_, err = unix.FcntlInt(file.Fd(), unix.F_SETFD, 0) // as the shell leaves it
	require.NoError(t, err)

	o := options(t)
	o.RejectsPath = fmt.Sprintf("/dev/fd/%d", file.Fd())

	found, err := bulk.Check(t.Context(), source(header+"\n"+again+again), o)
	require.NoError(t, err)
	require.Equal(t, o.RejectsPath, found.RejectsPath)

	rest, is := strings.CutPrefix(read(t, path), "before\n")
	require.True(t, is)
	require.Equal(t, []string{"reject_line", "3"}, streamed(t, rest))
}

func TestARunThatGoesOnSaysWhichRejectsAPipeGets(t *testing.T) {
	t.Parallel()

	var written func() string

	b := interruptRun(t, cards(brokenRows), func(o *bulk.Options) { written = toPipe(t, o) })
	require.Equal(t, b.o.RejectsPath, b.first.RejectsPath)

	before := streamed(t, written())
	require.Equal(t, "11", before[1])

	written = listen(t, b.o.RejectsPath)
	warnings := b.warned()

	second, err := b.resume(t)
	require.NoError(t, err)
	require.EqualValues(t, brokenRows/10, second.Rejected)
	require.Equal(t, b.o.RejectsPath, second.RejectsPath)
	require.Equal(t, []string{"reject_line", "211"}, streamed(t, written())[:2])
	require.Equal(t, []string{b.o.RejectsPath + " gets the rejects of this run only, those behind row 200, to which an earlier run had come; " +
		"all of them: submit outcomes june --status not_sent"}, *warnings)
}

// warned collects what the next run warns of.
func (b *interruptedRun) warned() *[]string {
	var warnings []string

	b.o.Warn = func(text string) { warnings = append(warnings, text) }

	return &warnings
}

func TestAFileBehindAPipeGetsTheRestAndIsSaidTo(t *testing.T) {
	t.Parallel()

	b := interruptRun(t, cards(brokenRows), func(o *bulk.Options) { toPipe(t, o) })
	b.o.RejectsPath = filepath.Join(t.TempDir(), "rest.csv")
	warnings := b.warned()

	_, err := b.resume(t)
	require.NoError(t, err)
	require.Len(t, rejected(t, b.o.RejectsPath), brokenRows/10-20)
	require.Len(t, *warnings, 1)
	require.Contains(t, (*warnings)[0], b.o.RejectsPath+" gets the rejects of this run only")
}

// What an earlier run has left beside its file stays, for a later run to go on with.
func TestAPipeBehindAFileLeavesWhatIsBegun(t *testing.T) {
	t.Parallel()

	b := interruptRun(t, cards(brokenRows))
	file := b.o.RejectsPath
	begun := read(t, file+".partial")

	b.o.RejectsPath = filepath.Join(t.TempDir(), "pipe")
	written := toPipe(t, &b.o)
	warnings := b.warned()

	to := b.to
	ctx, stop := context.WithCancel(t.Context())
	to.Queue = &hookQueue{Queue: b.queue, at: 5, before: stop}

	_, err := submitFile(ctx, b.path, to, b.o)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "211", streamed(t, written())[1])
	require.Len(t, *warnings, 1)
	require.Equal(t, begun, read(t, file+".partial"))

	b.o.RejectsPath = file
	_, err = b.resume(t)
	require.NoError(t, err)
	require.Equal(t, "11", rejected(t, file)[0]["reject_line"])
}

func TestAPipeThatNobodyReadsIsSaidAndCanBeLeft(t *testing.T) {
	t.Parallel()

	for _, way := range []string{"checked", "sent"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()

			ctx, stop := context.WithCancel(t.Context())
			o, queue := options(t), &fakeQueue{}
			pipeAt(t, o.RejectsPath)

			var warnings []string

			o.Warn = func(text string) {
				warnings = append(warnings, text)

				stop()
			}

			var err error
			if way == "checked" {
				_, err = bulk.Check(ctx, source(cards(20)), o)
			} else {
				_, err = bulk.Submit(ctx, source(cards(20)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
			}

			require.ErrorIs(t, err, context.Canceled)
			require.ErrorContains(t, err, "the rejects file: "+o.RejectsPath+" has no reader")
			require.Equal(t, []string{o.RejectsPath + " is a pipe that nobody reads yet: waiting for a reader"}, warnings)
			require.Empty(t, queue.jobs)
		})
	}
}

func TestRejectsThatCannotBeWrittenAreAnError(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.RejectsPath = "/dev/full"

	_, err := bulk.Check(t.Context(), source(cards(20)), o)
	require.ErrorContains(t, err, "writing the rejects file: write /dev/full: no space left on device")

	summary, err := bulk.Submit(t.Context(), source(cards(20)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, o)
	require.ErrorContains(t, err, "writing the rejects file: write /dev/full: no space left on device")
	require.Zero(t, summary.SettledRow, "so that they come again")
}
