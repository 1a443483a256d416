package bulk_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
)

// pipeAt makes a pipe, as one that another program reads from: it must not be replaced, nor waited for.
func pipeAt(t *testing.T, path string) {
	t.Helper()

	if err := os.Remove(path); err != nil {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}

	require.NoError(t, syscall.Mkfifo(path, 0o600))
}

func requireKind(t *testing.T, path string, want fs.FileMode) {
	t.Helper()

	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode().Type(), path)
}

// A row that is rejected would replace what is there, a file without one would remove it.
func TestWhatIsNoFileIsNeitherReplacedNorRemoved(t *testing.T) {
	t.Parallel()

	good, bad := header+"\n"+row, header+"\n"+strings.Replace(row, "12", "13", 1)

	for name, c := range map[string]struct {
		behind string // the path of the rejects
		make   func(*testing.T, string)
		kind   fs.FileMode
		says   string
	}{
		"a folder":                    {"", folder, fs.ModeDir, "is a folder, not a file"},
		"a pipe for unfinished ones":  {".partial", pipeAt, fs.ModeNamedPipe, "is a pipe, not a file"},
		"a link":                      {"", link, fs.ModeSymlink, "is a symbolic link, not a file"},
		"a link for unfinished ones":  {".partial", link, fs.ModeSymlink, "is a symbolic link, not a file"},
		"a link for those of a check": {".checking", link, fs.ModeSymlink, "is a symbolic link, not a file"},
	} {
		for which, text := range map[string]string{"with rejects": bad, "without": good} {
			t.Run(name+", "+which, func(t *testing.T) {
				t.Parallel()

				o, queue := options(t), &fakeQueue{}
				c.make(t, o.RejectsPath+c.behind)

				var err error
				if c.behind == ".checking" {
					_, err = bulk.Check(t.Context(), source(text), o)
				} else {
					_, err = bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
				}

				require.ErrorContains(t, err, c.says)
				require.Empty(t, queue.jobs, "nothing was sent")
				requireKind(t, o.RejectsPath+c.behind, c.kind)
			})
		}
	}
}

// link makes one to a file, which must not be replaced either.
func link(t *testing.T, path string) {
	t.Helper()

	target := filepath.Join(t.TempDir(), "target")
	require.NoError(t, os.WriteFile(target, nil, 0o600))
	require.NoError(t, os.Symlink(target, path))
	t.Cleanup(func() { require.Empty(t, read(t, target)) })
}

func folder(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.Mkdir(path, 0o700))
}

func TestACheckpointReplacesOnlyAFile(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.StatePath = filepath.Join(t.TempDir(), "state.json")
	pipeAt(t, o.StatePath)

	for _, o.Restart = range []bool{false, true} {
		queue := &fakeQueue{}
		_, err := bulk.Submit(t.Context(), source(cards(20)), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
		require.ErrorContains(t, err, "the checkpoint: "+o.StatePath+" is a pipe")
		require.Empty(t, queue.jobs)
		requireKind(t, o.StatePath, fs.ModeNamedPipe)
	}
}

// swappingQueue puts something else in the places of a run while that sends.
type swappingQueue struct {
	bulk.Queue

	change func()
}

func (s swappingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	s.change()
	return s.Queue.PublishBatch(ctx, batch)
}

func TestWhatAppearsDuringARunIsNotReplaced(t *testing.T) {
	t.Parallel()

	var warnings []string

	path, o := write(t, cards(20)), options(t)
	o.BatchSize, o.StatePath = 100, path+".submit-state.json"
	o.Warn = func(text string) { warnings = append(warnings, text) }

	queue := swappingQueue{&fakeQueue{}, func() {
		pipeAt(t, o.RejectsPath)
		pipeAt(t, o.StatePath)
	}}

	_, err := submitFile(t.Context(), path, bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorContains(t, err, o.RejectsPath+" is a pipe, not a file")
	requireKind(t, o.RejectsPath, fs.ModeNamedPipe)
	requireKind(t, o.StatePath, fs.ModeNamedPipe)
	require.FileExists(t, o.RejectsPath+".partial", "the rejects are not lost")
	require.NotEmpty(t, warnings)
	require.Contains(t, warnings[0], o.StatePath+" is a pipe, not a file")
}
