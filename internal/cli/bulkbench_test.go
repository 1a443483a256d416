package cli_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// bulkRows is the size of the file of BenchmarkBulk; see make bench-bulk.
//
//nolint:gochecknoglobals // a flag of the test binary
var bulkRows = flag.Int64("rows", 20_000, "rows of the file of BenchmarkBulk")

// rowsInTwoMinutes is what is sent twice on a slow machine before the queue forgets the ids.
const rowsInTwoMinutes = 200_000

// serveQueue is a NATS server as a process of its own that syncs each write. It
// prints its address and ends with its input.
func serveQueue(dir string) int {
	queue, err := stack.StartNATS(context.Background(), stack.NATSOptions{Dir: dir, Listen: "127.0.0.1:0", SyncAlways: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer queue.Stop()

	fmt.Fprintln(os.Stdout, queue.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)

	return 0
}

// queueProcess is that server.
type queueProcess struct {
	*exec.Cmd

	url string
	js  jetstream.JetStream
	end io.Closer
}

func startQueue(tb testing.TB, dir string) *queueProcess {
	tb.Helper()

	executable, err := os.Executable()
	require.NoError(tb, err)

	q := &queueProcess{Cmd: exec.CommandContext(tb.Context(), executable, dir)}
	q.Env = append(os.Environ(), runAs+"=queue")
	q.Stderr = os.Stderr
	q.end, err = q.StdinPipe()
	require.NoError(tb, err)
	out, err := q.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, q.Start())

	_, err = fmt.Fscanln(out, &q.url)
	require.NoError(tb, err)

	nc, err := nats.Connect(q.url, nats.MaxReconnects(-1), nats.ReconnectWait(tick))
	require.NoError(tb, err)
	tb.Cleanup(nc.Close)

	q.js, err = jetstream.New(nc)
	require.NoError(tb, err)
	_, err = jobs.Ensure(tb.Context(), q.js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(tb, err)

	return q
}

// stop ends the server and returns the time that it has had the processors.
func (q *queueProcess) stop(tb testing.TB) time.Duration {
	tb.Helper()

	require.NoError(tb, q.end.Close())
	require.NoError(tb, q.Wait())

	return q.ProcessState.UserTime() + q.ProcessState.SystemTime()
}

// BenchmarkBulk takes a generated file through submit, a process of its own, to a
// queue that is another and syncs each write. What is measured is the process: how
// long, how much processor, how much memory at its peak.
func BenchmarkBulk(b *testing.B) {
	dir := b.TempDir()
	file := filepath.Join(dir, "cards.csv")
	rows := *bulkRows
	generateFile(b, file, rows)

	keys := filepath.Join(dir, "keys")
	_, err := devkeys.Dir(keys).Make("bench")
	require.NoError(b, err)

	common := []string{file, "--program", "demo", "--intake-key-file", filepath.Join(keys, "intake-key.pub.pem")}

	published := func(b *testing.B, times int) {
		b.Helper()

		for b.Loop() {
			queue := startQueue(b, filepath.Join(b.TempDir(), "nats"))
			args := slices.Concat(common, []string{
				"--batch", "bench", "--nats-url", queue.url, "--database-url", stacktest.Database(b),
			})

			for range times - 1 {
				measure(b, args...)
			}

			state, took := measure(b, args...)
			report(b, rows, state, took)
			b.ReportMetric(float64(queue.stop(b).Microseconds())/float64(rows*int64(times)), "server-us/row")
		}
	}

	b.Run("checked", func(b *testing.B) {
		for b.Loop() {
			state, took := measure(b, file, "--dry-run")
			report(b, rows, state, took)
		}
	})

	// The same memory, whatever the size.
	b.Run("checked-tenfold", func(b *testing.B) {
		large := filepath.Join(b.TempDir(), "cards.csv")
		generateFile(b, large, 10*rows)

		for b.Loop() {
			state, took := measure(b, large, "--dry-run")
			report(b, 10*rows, state, took)
		}
	})

	b.Run("published", func(b *testing.B) { published(b, 1) })

	// As after an interruption without a checkpoint: the queue has it all. It forgets ids after two minutes.
	if rows <= rowsInTwoMinutes {
		b.Run("published-again", func(b *testing.B) { published(b, 2) })
	}
}

func generateFile(tb testing.TB, path string, rows int64) {
	tb.Helper()

	file, err := os.Create(path)
	require.NoError(tb, err)
	_, err = sample.Generate(tb.Context(), file, rows, 1, 1)
	require.NoError(tb, err)
	require.NoError(tb, file.Close())
}

// measure runs submit to its end.
func measure(b *testing.B, args ...string) (*os.ProcessState, time.Duration) {
	b.Helper()

	executable, err := os.Executable()
	require.NoError(b, err)

	c := exec.CommandContext(b.Context(), executable, args...)
	c.Env = append(os.Environ(), runAs+"=submit")

	begin := time.Now()
	out, err := c.CombinedOutput()
	took := time.Since(begin)

	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(b, err, &exit, string(out))
	}

	require.Equal(b, 3, c.ProcessState.ExitCode(), "some rows are bad: %s", out)
	b.Logf("%s", out[strings.LastIndex(strings.TrimSpace(string(out)), "\n\n")+1:])

	return c.ProcessState, took
}

func report(b *testing.B, rows int64, state *os.ProcessState, took time.Duration) {
	b.Helper()

	cpu := state.UserTime() + state.SystemTime()
	usage := state.SysUsage().(*syscall.Rusage)

	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(rows), "submit-us/row")
	b.ReportMetric(float64(usage.Maxrss)/1024, "peak-MB")
}
