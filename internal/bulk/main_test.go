package bulk_test

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	unicode16 "unicode/utf16"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const (
	testPAN  = "5204731600014784"
	otherPAN = "5186001700008785"
)

// today is when the tests take place.
func today() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// tickingClock is a clock that goes on by a second whenever somebody looks.
func tickingClock() func() time.Time {
	var looks atomic.Int64

	return func() time.Time { return today().Add(time.Duration(looks.Add(1)) * time.Second) }
}

// intakeKey is a sealer and the ring that opens what it has sealed.
type intakeKey struct {
	sealer *jobs.Sealer
	ring   *jobs.KeyRing
}

func newIntakeKey(tb testing.TB) intakeKey {
	tb.Helper()

	intake := parts.IntakeKey(tb)
	sealer, err := jobs.NewSealer(intake.Public(), today)
	require.NoError(tb, err)

	return intakeKey{sealer, parts.Ring(tb, intake)}
}

func (o intakeKey) open(tb testing.TB, job jobs.Job) jobs.Payload {
	tb.Helper()

	payload, problem := o.ring.Open(job.Sealed, today())
	require.Nil(tb, problem)

	return payload
}

// fakeQueue keeps the jobs of tests that are about the file and not about the queue.
type fakeQueue struct {
	mu   sync.Mutex
	jobs map[string]jobs.Job
}

func (q *fakeQueue) PublishBatch(_ context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.jobs == nil {
		q.jobs = map[string]jobs.Job{}
	}

	var receipt jobs.Receipt

	for _, job := range batch {
		if _, there := q.jobs[job.ID]; there {
			receipt.Duplicates++
		} else {
			receipt.Stored++
		}

		q.jobs[job.ID] = job
	}

	return receipt, nil
}

func source(text string) cardfile.Source {
	return cardfile.Source{Reader: strings.NewReader(text), Name: "cards.csv", Size: int64(len(text))}
}

// utf16 is a text as programs of Windows write it.
func utf16(content string) string {
	out := []byte("\xff\xfe")
	for _, unit := range unicode16.Encode([]rune(content)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}

	return string(out)
}

// pipe is a text that cannot be read twice.
func pipe(text string) cardfile.Source {
	return cardfile.Source{Reader: struct{ io.Reader }{strings.NewReader(text)}, Name: "stdin"}
}

func submitFile(ctx context.Context, path string, to bulk.Destination, o bulk.Options) (bulk.Summary, error) {
	source, file, err := cardfile.Open(path)
	if err != nil {
		return bulk.Summary{}, err
	}
	defer file.Close() //nolint:errcheck // only read

	return bulk.Submit(ctx, source, to, o)
}

// options are those that every run needs, with the rejects in a directory of the test's own.
func options(tb testing.TB) bulk.Options {
	tb.Helper()

	return bulk.Options{
		Program: "demo", Batch: "june", Now: today,
		RejectsPath: filepath.Join(tb.TempDir(), "rejects.csv"),
	}
}

func write(tb testing.TB, text string) string {
	tb.Helper()

	path := filepath.Join(tb.TempDir(), "cards.csv")
	require.NoError(tb, os.WriteFile(path, []byte(text), 0o600))

	return path
}

func read(tb testing.TB, path string) string {
	tb.Helper()

	text, err := os.ReadFile(path)
	require.NoError(tb, err)

	return string(text)
}
