package sample_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/csv"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
)

func TestTheFileIsWhatTheGeneratorWrites(t *testing.T) {
	t.Parallel()

	var written bytes.Buffer

	require.NoError(t, sample.Write(&written, sample.Seed))
	require.Equal(t, string(sample.CSV), written.String(), "run: go generate ./internal/bulk/sample")

	var other bytes.Buffer

	require.NoError(t, sample.Write(&other, sample.Seed+1))
	require.NotEqual(t, written.String(), other.String())
}

func TestTheFileIsBigEnoughAndOneIn10To20RowsFails(t *testing.T) {
	t.Parallel()

	all, failing := 0, 0

	for _, kind := range sample.Kinds() {
		require.NotEqual(t, kind.Status == "", kind.Code == "", "%s: one of the two", kind.Name)

		all += kind.Rows
		if kind.Code != "" || kind.Status == "rejected" {
			failing += kind.Rows
		}
	}

	require.GreaterOrEqual(t, all, 500)
	require.InDelta(t, 15, all/failing, 5)
	require.Len(t, bytes.Split(bytes.TrimSpace(sample.CSV), []byte("\n")), all+1)
}

// The sandbox knows what to do with the cards of each kind, and no number is there twice.
func TestTheCardsAreThoseOfTheSandbox(t *testing.T) {
	t.Parallel()

	rows, err := csv.NewReader(bytes.NewReader(sample.CSV)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "pan", rows[0][2])

	have, want := map[string]int{}, map[string]int{}
	numbers := map[string]bool{}

	for _, row := range rows[1:] {
		number := row[2]
		require.False(t, numbers[number])
		numbers[number] = true
		have[number[:len(sandbox.Prefix)+2]]++
	}

	for _, kind := range sample.Kinds() {
		want[sandbox.PAN(kind.Scenario, 0)[:len(sandbox.Prefix)+2]] += kind.Rows

		require.True(t, slices.ContainsFunc(sandbox.Scenarios(), func(s sandbox.Scenario) bool { return s.Number == kind.Scenario }))
	}

	require.Equal(t, want, have)
}

// fakeQueue keeps what is submitted.
type fakeQueue struct {
	mu   sync.Mutex
	jobs []jobs.Job
}

func (q *fakeQueue) PublishBatch(_ context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()

	q.jobs = append(q.jobs, batch...)

	return jobs.Receipt{Stored: int64(len(batch))}, nil
}

func today() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

func newSealer(t *testing.T) *jobs.Sealer {
	t.Helper()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	sealer, err := jobs.NewSealer(jobs.IntakePublicKey{Kid: "k", Key: &key.PublicKey}, today)
	require.NoError(t, err)

	return sealer
}

func TestSubmittingTheFileRejectsWhatItsKindsSay(t *testing.T) {
	t.Parallel()

	queue := &fakeQueue{}
	summary, err := bulk.Submit(t.Context(), sample.Source(), bulk.Destination{Sealer: newSealer(t), Queue: queue}, bulk.Options{
		Program: "demo", Batch: "sample", Now: today, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	require.NoError(t, err)

	accepted, codes := 0, map[string]int64{}

	for _, kind := range sample.Kinds() {
		if kind.Code != "" {
			codes[kind.Code] += int64(kind.Rows)
		} else {
			accepted += kind.Rows
		}
	}

	require.Equal(t, codes, summary.ByCode)
	require.Len(t, queue.jobs, accepted)
}
