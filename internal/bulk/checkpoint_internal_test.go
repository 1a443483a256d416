package bulk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
)

func validCheckpoint() checkpoint {
	return checkpoint{
		Version: checkpointVersion, Source: "cards.csv", SourceSHA256: "ab", SourceSize: 1000, Batch: "june", Program: "demo", SettingsHash: "cd",
		Settled: columns.Position{Row: 7, Line: 8, Next: 9, Offset: 300},
		Counts:  counts{Rejected: 1, Published: 6, ByCode: map[string]int64{"INVALID_PAN": 1}},
		Rejects: rejects.Mark{Bytes: 100, SHA256: "ef"},
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

	open := func() *columns.Reader {
		table, err := columns.Open(t.Context(), cardfile.Source{Reader: strings.NewReader(text), Name: "cards.csv"}, cardfile.Input{}, nil)
		require.NoError(t, err)

		return table
	}

	whole := open()
	first, err := whole.ReadChunk(2)
	require.NoError(t, err)

	to := columns.Position{Row: first.Last(), Line: first.LastLine(), Next: first.Next, Offset: first.End}
	want, err := whole.ReadChunk(2)
	require.NoError(t, err)

	for name, origin := range map[string]int64{"by position": 0, "row by row": -1} {
		table := open()
		require.NoError(t, table.SkipTo(t.Context(), cardfile.Source{Reader: strings.NewReader(text)}, origin, to), name)

		have, err := table.ReadChunk(2)
		require.NoError(t, err, name)
		require.Equal(t, want.Records, have.Records, name)
		require.Equal(t, want.First, have.First, name)
		require.Equal(t, whole.Hasher.Sum.Sum(nil), table.Hasher.Sum.Sum(nil), name)
	}

	to.Row = 17
	require.ErrorContains(t, open().SkipTo(t.Context(), cardfile.Source{}, -1, to), "has only 3 rows")
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
