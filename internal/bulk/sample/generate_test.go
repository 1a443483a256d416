package sample_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/formula"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/pan"
)

func generate(t *testing.T, rows int64, seed uint64, bad float64) (string, sample.Generated) {
	t.Helper()

	var file bytes.Buffer

	done, err := sample.Generate(t.Context(), &file, rows, seed, bad)
	require.NoError(t, err)
	require.Equal(t, rows, done.Rows)

	return file.String(), done
}

// Every fault gets the code that the generator says, and every other row is sent.
func TestSubmittingAGeneratedFileRejectsWhatItIsSaidTo(t *testing.T) {
	t.Parallel()

	const rows = 2000

	text, done := generate(t, rows, 7, 5)
	require.InDelta(t, rows*0.05, done.Bad, rows*0.02)
	require.Len(t, done.ByCode, 9, "all kinds: %v", done.ByCode)

	queue := &fakeQueue{}
	summary, err := bulk.Submit(t.Context(),
		cardfile.Source{Reader: strings.NewReader(text), Name: "generated.csv"},
		bulk.Destination{Sealer: newSealer(t), Queue: queue},
		bulk.Options{
			Program: "demo", Batch: "b", Now: today, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"),
		})
	require.NoError(t, err)
	require.EqualValues(t, rows, summary.RowsRead)
	require.Equal(t, done.ByCode, summary.ByCode)
	require.Len(t, queue.jobs, rows-int(done.Bad))
}

// Test files are opened in spreadsheets as well.
func TestNoCellOfAGeneratedFileIsAFormula(t *testing.T) {
	t.Parallel()

	text, _ := generate(t, 2000, 3, 50)
	file := csv.NewReader(strings.NewReader(text))
	file.FieldsPerRecord, file.LazyQuotes = -1, true

	rows, err := file.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2001)

	for _, row := range rows {
		require.Equal(t, row, formula.GuardAll(slices.Clone(row)))
	}
}

func TestTheSameSeedGivesTheSameFile(t *testing.T) {
	t.Parallel()

	first, _ := generate(t, 500, 1, 10)
	again, _ := generate(t, 500, 1, 10)
	other, _ := generate(t, 500, 2, 10)
	longer, _ := generate(t, 600, 1, 10)

	require.Equal(t, sha256.Sum256([]byte(first)), sha256.Sum256([]byte(again)))
	require.NotEqual(t, first, other)
	require.True(t, strings.HasPrefix(longer, first), "the size does not change the rows")
}

// Good rows have a card each, of the sandbox's own range, also when a scenario has no more.
func TestGeneratedCardsAreTheSandboxsAndDistinct(t *testing.T) {
	t.Parallel()

	const rows = 150_000

	text, done := generate(t, rows, 3, 0)
	require.Zero(t, done.Bad)

	numbers := make(map[string]bool, rows)
	file := csv.NewReader(strings.NewReader(text))
	file.ReuseRecord = true

	for {
		row, err := file.Read()
		if err == io.EOF {
			break
		}

		require.NoError(t, err)
		numbers[strings.Clone(row[2])] = true
	}

	delete(numbers, "pan")
	require.Len(t, numbers, rows)

	for number := range numbers {
		if !strings.HasPrefix(number, sandbox.Prefix) || !pan.Luhn(number) {
			t.Fatalf("%s is not of the sandbox's range", number)
		}
	}
}

// The scenarios that the generator takes for plain are those that the sandbox gives no other meaning.
func TestPlainScenariosAreThoseThatTheSandboxDoesNotList(t *testing.T) {
	t.Parallel()

	want := []int{0}

	for number := range sandbox.MaxScenario + 1 {
		if !slices.ContainsFunc(sandbox.Scenarios(), func(s sandbox.Scenario) bool { return s.Number == number }) {
			want = append(want, number)
		}
	}

	require.Equal(t, want, sample.Enrolling())
	require.Equal(t, sample.MaxDistinct, len(want)*(sandbox.MaxSerial+1))
}

func TestGeneratingCanBeInterrupted(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := sample.Generate(ctx, io.Discard, 1<<40, 1, 0)
	require.ErrorIs(t, err, context.Canceled)
}
