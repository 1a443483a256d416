package cli_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// killRows is the size of the file of which submit is killed: 200,000 to see it at full speed.
//
//nolint:gochecknoglobals // a flag of the test binary
var killRows = flag.Int64("kill-rows", 4000, "rows of the file during which submit is killed")

// desk is a place from which files are submitted: a server, a database, keys, a generated file.
type desk struct {
	dir, file, database string
	options             stack.NATSOptions
	queue               *stack.NATS
	js                  jetstream.JetStream
	env                 []string
	rows                int64
}

func newDesk(t *testing.T, rows int64) *desk {
	t.Helper()

	d := &desk{dir: t.TempDir(), rows: rows, database: stacktest.Database(t)}
	d.file = filepath.Join(d.dir, "cards.csv")
	generateFile(t, d.file, rows)

	keys := devkeys.Dir(filepath.Join(d.dir, "keys"))
	_, err := keys.Make("test")
	require.NoError(t, err)

	d.options = stack.NATSOptions{Dir: filepath.Join(d.dir, "nats"), Listen: "127.0.0.1:0"}
	d.open(t)
	t.Cleanup(func() { d.queue.Stop() })

	nc, err := nats.Connect(d.queue.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(tick))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	d.options.Listen = nc.ConnectedAddr()
	d.js, err = jetstream.New(nc)
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), d.js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)

	d.env = []string{
		"ENROLL_NATS_URL=" + d.queue.URL(),
		"ENROLL_DATABASE_URL=" + d.database,
		"ENROLL_INTAKE_KEY_FILE=" + keys.Path(devkeys.IntakePublicKey),
		"ENROLL_PROGRAM=demo",
	}

	return d
}

func (d *desk) open(t *testing.T) {
	t.Helper()

	var err error

	d.queue, err = stack.StartNATS(t.Context(), d.options)
	require.NoError(t, err)
}

// submit starts the command, slow enough to be caught in the middle when the file is small.
func (d *desk) submit(t *testing.T, env ...string) *command {
	t.Helper()

	args := []string{d.file, "--batch", "b"}
	if d.rows < 100_000 {
		args = append(args, "--rate", strconv.FormatInt(d.rows/4, 10))
	}

	return start(t, append(env, d.env...), "submit", args...)
}

func (d *desk) stored(t *testing.T) uint64 {
	t.Helper()

	stream, err := d.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	return stream.CachedInfo().State.Msgs
}

// waitStored waits until so many jobs are on the queue.
func (d *desk) waitStored(t *testing.T, n uint64) {
	t.Helper()
	eventually.True(t, func() bool { return d.stored(t) >= n }, 5*patience, time.Millisecond)
}

// requireEachRowOnce compares the queue and the rejects, row for row, with a run that nothing disturbed.
func (d *desk) requireEachRowOnce(t *testing.T) {
	t.Helper()

	whole := &names{}
	source, file, err := cardfile.Open(d.file)
	require.NoError(t, err)

	defer file.Close() //nolint:errcheck // only read

	key, err := jobs.LoadIntakePublicKey(filepath.Join(d.dir, "keys", devkeys.IntakePublicKey))
	require.NoError(t, err)
	sealer, err := jobs.NewSealer(key, nil)
	require.NoError(t, err)

	summary, err := bulk.Submit(t.Context(), source, bulk.Destination{Sealer: sealer, Queue: whole},
		bulk.Options{Program: "demo", Batch: "b", RejectsPath: filepath.Join(t.TempDir(), "rejects.csv")})
	require.NoError(t, err)

	have := d.ids(t)
	require.Len(t, have, len(whole.ids))

	slices.Sort(have)
	slices.Sort(whole.ids)
	require.True(t, slices.Equal(whole.ids, have), "each good row is on the queue once, and nothing else")

	want, err := os.ReadFile(summary.RejectsPath)
	require.NoError(t, err)
	rejects, err := os.ReadFile(d.file + ".rejects.csv")
	require.NoError(t, err)
	require.Equal(t, string(want), string(rejects), "each bad row is rejected once, in the order of the file")

	require.NoFileExists(t, d.file+".submit-state.json")
	require.NoFileExists(t, d.file+".rejects.csv.partial")

	registry, err := store.Open(t.Context(), d.database, store.Options{})
	require.NoError(t, err)

	defer registry.Close()

	progress, err := registry.Progress(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, d.rows, progress.Batch.RowsRead)
	require.Equal(t, summary.Rejected, progress.Batch.RowsRejected)
	require.Equal(t, summary.Published, progress.Batch.RowsPublished+progress.Batch.RowsDuplicate)
	require.NotZero(t, progress.Batch.CompletedAt)
}

// ids are those of all messages on the queue, which is empty afterwards.
func (d *desk) ids(t *testing.T) []string {
	t.Helper()

	consumer, err := d.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)

	all := make([]string, d.stored(t))

	messages, err := consumer.Messages()
	require.NoError(t, err)

	defer messages.Stop()

	for i := range all {
		message, err := messages.Next()
		require.NoError(t, err)

		require.NoError(t, message.Ack())

		all[i], _, _ = strings.Cut(message.Headers().Get(jetstream.MsgIDHeader), "/")
	}

	return all
}

// names keeps the ids of the jobs.
type names struct {
	mu  sync.Mutex
	ids []string
}

func (q *names) PublishBatch(_ context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	for _, job := range batch {
		q.ids = append(q.ids, job.ID)
	}

	return jobs.Receipt{Stored: int64(len(batch))}, nil
}

// The process is killed without a warning, five times, wherever it is; each time the same command goes on.
func TestAFileSurvivesThatSubmitIsKilled(t *testing.T) {
	t.Parallel()

	d := newDesk(t, *killRows)
	random := rand.New(rand.NewPCG(1, 0))

	var moments []int64
	for range 5 {
		moments = append(moments, random.Int64N(d.rows*9/10))
	}

	slices.Sort(moments)

	for _, moment := range moments {
		running := d.submit(t)
		d.waitStored(t, uint64(moment))
		require.NoError(t, running.Process.Kill())
		require.Equal(t, -1, running.exit(t), running.out)
		t.Logf("killed with %d jobs on the queue", d.stored(t))
	}

	last := d.submit(t)
	require.Equal(t, 3, last.exit(t), last.out)
	require.Contains(t, last.out.String(), "Went on after row ")
	t.Log(last.out)
	d.requireEachRowOnce(t)
}

func TestCtrlCSaysWhatWasDoneAndHowToGoOn(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 4000)
	running := d.submit(t)
	d.waitStored(t, 1000)
	require.NoError(t, running.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, running.exit(t), running.out)

	out := running.out.String()
	require.Regexp(t, `\d+ rows: \d+ sent, 0 sent before, \d+ rejected`, out)
	require.Regexp(t, `submit: interrupted\nrows up to \d+ \(line \d+\) are on the queue or rejected\n`, out)
	require.Contains(t, out, "the rejected rows so far are in "+d.file+".rejects.csv.partial\n")
	require.Contains(t, out, "the same command again goes on from there ("+d.file+".submit-state.json), and sends nothing twice\n")

	last := d.submit(t)
	require.Equal(t, 3, last.exit(t), last.out)
	require.Contains(t, last.out.String(), " 0 sent before", "what was in flight had been waited for")
	d.requireEachRowOnce(t)
}

func TestAQueueThatIsGoneIsWaitedFor(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 4000)
	running := d.submit(t)
	d.waitStored(t, 1000)
	d.queue.Stop()
	running.says(t, "the queue does not answer; waiting up to 10m0s for it (--give-up-after)")
	d.open(t)

	require.Equal(t, 3, running.exit(t), running.out)
	require.Contains(t, running.out.String(), "the queue answers again after ")
	d.requireEachRowOnce(t)
}

func TestAQueueThatStaysAwayEndsTheRun(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 4000)
	running := d.submit(t, "ENROLL_GIVE_UP_AFTER=1s")
	d.waitStored(t, 1000)
	d.queue.Stop()
	require.Equal(t, 1, running.exit(t), running.out)

	out := running.out.String()
	require.Regexp(t, `submit: rows \d+ to \d+: given up after .* without an answer`, out)
	require.Regexp(t, `rows up to \d+ \(line \d+\) are on the queue or rejected`, out)
	require.Contains(t, out, "the same command again goes on from there")

	d.open(t)

	last := d.submit(t)
	require.Equal(t, 3, last.exit(t), last.out)
	d.requireEachRowOnce(t)
}

// fileSizeLimit makes the test binary, as a command, live on a small disk: no file may become longer.
const fileSizeLimit = "ENROLL_TEST_FILE_SIZE"

func limitFileSize() {
	limit, err := strconv.ParseUint(os.Getenv(fileSizeLimit), 10, 64)
	if err != nil {
		return
	}

	signal.Ignore(syscall.SIGXFSZ) // then the write fails, as on a full disk

	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		panic(err)
	}
}

func TestAFullDiskEndsTheRunAndLosesNothing(t *testing.T) {
	t.Parallel()

	for name, limit := range map[string]int{
		"full for the rejects":            4000,
		"full for the checkpoint as well": 300,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDesk(t, 4000)
			running := d.submit(t, fmt.Sprintf("%s=%d", fileSizeLimit, limit))
			require.Equal(t, 1, running.exit(t), running.out)

			out := running.out.String()
			require.Contains(t, out, "submit: writing the rejects file: write "+d.file+".rejects.csv.partial: file too large\n")
			require.Regexp(t, "the same command again goes on from there|nothing was sent", out)
			require.NotContains(t, out, "panic")
			t.Log(out)

			last := d.submit(t)
			require.Equal(t, 3, last.exit(t), last.out)
			d.requireEachRowOnce(t)
		})
	}
}

func TestAChangedFileIsRefused(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 4000)
	d.killAfter(t, 1000)

	file, err := os.OpenFile(d.file, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte("X"), 200)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	// How many are on the queue tells nothing: the server may still be reading what the first run had written when it died.
	again := d.submit(t)
	require.Equal(t, 1, again.exit(t), again.out)
	require.Contains(t, again.out.String(), "was changed since")
	require.Contains(t, again.out.String(), "use --restart and another --batch")
	require.Contains(t, again.out.String(), "nothing was sent")
	t.Log(again.out)
}

// A file that has grown since is gone on with as far as it was checked; the rest is reported.
func TestAFileThatHasGrownIsGoneOnWith(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 4000)
	d.killAfter(t, 1000)

	before, err := os.ReadFile(d.file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(d.file, append(before, "one row more\n"...), 0o600))

	again := d.submit(t)
	require.Equal(t, 1, again.exit(t), again.out)
	require.Contains(t, again.out.String(), "all rows that were checked are on the queue or rejected, and something is left\n13 bytes were appended to ")
	require.Contains(t, again.out.String(), fmt.Sprintf("tail -c +%d '%s'", len(before)+1, d.file))

	require.NoError(t, os.WriteFile(d.file, before, 0o600))
	d.requireEachRowOnce(t)
}

// killAfter submits the file and kills the command when so many jobs are on the queue.
func (d *desk) killAfter(t *testing.T, jobs uint64) {
	t.Helper()

	running := d.submit(t)
	d.waitStored(t, jobs)
	require.NoError(t, running.Process.Kill())
	require.Equal(t, -1, running.exit(t), running.out)
}
