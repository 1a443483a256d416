package duplicates_test

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/duplicates"
)

func TestHash(t *testing.T) {
	t.Parallel()

	key := duplicates.NewKey()
	hash := key.Hash("a", "b")
	require.Equal(t, hash, key.Hash("a", "b"))
	require.NotEqual(t, key.Hash("ab", ""), key.Hash("a", "b"), "where a part ends counts")
	require.NotEqual(t, key.Hash("a", "b"), key.Hash("b", "a"))
	require.NotEqual(t, key.Hash("a"), duplicates.NewKey().Hash("a"), "another key")
}

// The finder says what a map would say, whether it has written to disk or not.
func TestFinderFindsWhatAMapWould(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ rows, different int }{
		"no row":                       {0, 1},
		"one row":                      {1, 1},
		"all the same":                 {1000, 1},
		"few, in memory":               {1000, 800},
		"many, on disk":                {300_000, 200_000},
		"many of a few, on disk":       {200_000, 10},
		"many, all the same, on disk":  {100_000, 1},
		"many, hardly any is repeated": {200_000, 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			dir := t.TempDir()
			finder := duplicates.NewFinder(dir)
			random := rand.New(rand.NewPCG(1, 2))
			firsts, want := map[uint64]int64{}, map[int64]int64{}

			for row := int64(1); row <= int64(c.rows); row++ {
				hash := uint64(random.IntN(c.different)) * 0x9e3779b97f4a7c15
				line := row*2 + 1

				if first, there := firsts[hash]; there {
					want[row] = first
				} else {
					firsts[hash] = line
				}

				require.NoError(t, finder.Add(hash, row, line))
			}

			set, err := finder.Find(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, len(want), set.Len())

			for row := int64(0); row <= int64(c.rows)+100; row++ {
				line, again := set.Repeats(row)
				first, should := want[row]

				if again != should || line != first {
					require.FailNow(t, "another answer", "row %d: %d %v, not %d %v", row, line, again, first, should)
				}
			}

			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left, "what is on disk has no name")
			require.NoError(t, finder.Close())
		})
	}
}

func TestFinderWithoutRoom(t *testing.T) {
	t.Parallel()

	finder := duplicates.NewFinder("/no/such/folder")

	var err error
	for row := int64(1); err == nil && row < 1000; row++ {
		err = finder.Add(0, row, row)
	}

	require.ErrorContains(t, err, "making a temporary file for hashes of the rows")
	require.NoError(t, finder.Close())
}

func TestFindEndsWithItsContext(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := duplicates.NewFinder("").Find(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestWindow(t *testing.T) {
	t.Parallel()

	w := duplicates.NewWindow(2)

	for _, c := range []struct {
		hash        uint64
		line, first int64
		full        bool
	}{
		{1, 2, 0, false}, {2, 3, 0, false}, {1, 4, 2, false}, {3, 5, 0, true}, {3, 6, 0, true}, {2, 7, 3, true},
	} {
		first, seen := w.Seen(c.hash, c.line)
		require.Equal(t, c.first, first)
		require.Equal(t, c.first > 0, seen)
		require.Equal(t, c.full, w.Full())
	}
}

func TestNothingIsFoundWhereNothingIsAskedFor(t *testing.T) {
	t.Parallel()

	var (
		finder *duplicates.Finder
		window *duplicates.Window
		set    *duplicates.Set
	)

	require.NoError(t, finder.Add(1, 1, 1))
	require.NoError(t, finder.Close())

	_, seen := window.Seen(1, 1)
	require.False(t, seen)
	require.False(t, window.Full())

	_, again := set.Repeats(1)
	require.False(t, again)
	require.Zero(t, set.Len())
}

func BenchmarkFinder(b *testing.B) {
	const rows = 1_000_000

	for b.Loop() {
		finder := duplicates.NewFinder(b.TempDir())
		for row := int64(1); row <= rows; row++ {
			if err := finder.Add(uint64(row)*0x9e3779b97f4a7c15, row, row); err != nil {
				b.Fatal(err)
			}
		}

		if _, err := finder.Find(b.Context()); err != nil {
			b.Fatal(err)
		}

		if err := finder.Close(); err != nil {
			b.Fatal(err)
		}
	}

	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
