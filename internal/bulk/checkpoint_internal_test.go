package bulk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func validCheckpoint() checkpoint {
	return checkpoint{
		Version: checkpointVersion, Source: "cards.csv", SourceSHA256: "ab", SourceSize: 1000, Batch: "june", Program: "demo", SettingsHash: "cd",
		Settled: position{Row: 7, Line: 8, Next: 9, Offset: 300},
		Counts:  counts{Rejected: 1, Published: 6, ByCode: map[string]int64{"INVALID_PAN": 1}},
		Rejects: rejectsMark{Bytes: 100, SHA256: "ef"},
	}
}

func TestACheckpointIsReadAsItWasSaved(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "state.json")
	want := validCheckpoint()

	for range 2 { // a second one takes the place of the first
		require.NoError(t, want.save(path))

		have, err := readCheckpoint(path)
		require.NoError(t, err)
		require.Equal(t, &want, have)

		want.Settled.Row++
	}

	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestACheckpointThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*checkpoint){
		"a version of tomorrow": func(c *checkpoint) { c.Version++ },
		"a row below none":      func(c *checkpoint) { c.Settled.Row = -1 },
		"behind the end":        func(c *checkpoint) { c.Settled.Offset = 1001 },
		"lines that go back":    func(c *checkpoint) { c.Settled.Next = 1 },
		"rejects below nothing": func(c *checkpoint) { c.Rejects.Bytes = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			path := filepath.Join(t.TempDir(), "state.json")
			c := validCheckpoint()
			change(&c)
			require.NoError(t, c.save(path))

			_, err := readCheckpoint(path)
			require.ErrorContains(t, err, "--restart")
		})
	}
}

// A source that cannot go to a position is read past the rows that are settled.
func TestASourceThatCannotSeekIsReadPastWhatIsSettled(t *testing.T) {
	t.Parallel()

	const text = "pan,exp_month,exp_year,email\n1,2,3,4\n5,6,7,8\n9,10,11,12\n"

	open := func() *rowReader {
		table, err := openRows(t.Context(), Source{Reader: strings.NewReader(text), Name: "cards.csv"}, Input{})
		require.NoError(t, err)

		return table
	}

	whole := open()
	first, err := whole.chunk(2)
	require.NoError(t, err)

	to := position{Row: first.last(), Line: first.lastLine(), Next: first.next, Offset: first.end}
	want, err := whole.chunk(2)
	require.NoError(t, err)

	for name, origin := range map[string]int64{"by position": 0, "row by row": -1} {
		table := open()
		require.NoError(t, table.skipTo(t.Context(), Source{Reader: strings.NewReader(text)}, origin, to), name)

		have, err := table.chunk(2)
		require.NoError(t, err, name)
		require.Equal(t, want.records, have.records, name)
		require.Equal(t, want.first, have.first, name)
		require.Equal(t, whole.hasher.sum.Sum(nil), table.hasher.sum.Sum(nil), name)
	}

	to.Row = 17
	require.ErrorContains(t, open().skipTo(t.Context(), Source{}, -1, to), "has only 3 rows")
}

// Whatever is in the file, reading it ends in a checkpoint that can be used or in an error.
func FuzzCheckpoint(f *testing.F) {
	path := filepath.Join(f.TempDir(), "state.json")
	c := validCheckpoint()
	require.NoError(f, c.save(path))
	text, err := os.ReadFile(path)
	require.NoError(f, err)

	f.Add(text)
	f.Add([]byte(`{"checkpoint":null,"sha256":""}`))
	f.Add([]byte(`{"checkpoint":{},"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseCheckpoint(text)
		require.NotEqual(t, c == nil, err == nil)

		if err == nil {
			require.GreaterOrEqual(t, c.Settled.Row, int64(0))
			require.GreaterOrEqual(t, c.Settled.Offset, int64(0))
		}
	})
}
