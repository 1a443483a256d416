package cli_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// One file that is broken and one with rejects do not keep the others from being sent.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 100)
	folder := filepath.Join(d.dir, "in")
	require.NoError(t, os.Mkdir(folder, 0o700))

	for name, text := range map[string]string{
		"a.csv":                     "pan,exp_month,exp_year,email\n5204731600014784,12,2099,ana@example.com\n",
		"b.csv":                     "pan,exp_month\n5204731600014784,12\n",
		"c.csv":                     "pan,exp_month,exp_year,email\n5204731600014784,12,2099,ana@example.com\n5186001700008785,13,2099,ana@example.com\n",
		"left.csv.rejects.csv":      "pan\n",
		"d.csv.submit-state.json":   "{}",
		"e.csv.rejects.csv.partial": "pan\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}

	code, out := run(t, d.env, "submit", folder, "--pattern", "*.csv", "--batch", "june")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "a.csv as batch june-a\n")
	require.Contains(t, out, "submitting: 100% 1 rows, 0 rejected\n1 rows: 1 sent, 0 sent before, 0 rejected")
	require.Contains(t, out, "b.csv as batch june-b\n")
	require.Contains(t, out, "b.csv:1: the column exp_year is missing")
	require.Contains(t, out, "c.csv as batch june-c\n")
	require.Contains(t, out, "submitting: 100% 2 rows, 1 rejected\n2 rows: 1 sent, 0 sent before, 1 rejected")
	require.Contains(t, out, "3 files, 3 rows: 2 sent, 0 sent before, 1 rejected")
	require.Contains(t, out, "1 of 3 files are not complete: "+filepath.Join(folder, "b.csv"))
	require.EqualValues(t, 2, d.stored(t))

	require.NoError(t, os.Remove(filepath.Join(folder, "b.csv")))

	code, out = run(t, d.env, "submit", filepath.Join(folder, "*.csv"), "--batch", "june")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "2 files, 3 rows: 0 sent, 2 sent before, 1 rejected")

	code, out = run(t, d.env, "submit", filepath.Join(folder, "a.csv"))
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "the same content was sent before, as batch june-a (a.csv, begun ")
	require.Contains(t, out, "use --again\nnothing was sent")

	code, out = run(t, d.env, "submit", filepath.Join(folder, "a.csv"), "--again")
	require.Zero(t, code, out)
	require.Contains(t, out, "1 rows: 1 sent", "another batch, named after the file")

	// The next day's file of the same name.
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.csv"),
		[]byte("pan,exp_month,exp_year,email\n5186001700008785,12,2099,ben@example.com\n"), 0o600))

	code, out = run(t, d.env, "submit", filepath.Join(folder, "a.csv"))
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "Without --batch, the batch has the file's name.")

	_, proposed, found := strings.Cut(out, "such as --batch ")
	require.True(t, found)

	proposed, _, _ = strings.Cut(proposed, ".")
	code, out = run(t, d.env, "submit", filepath.Join(folder, "a.csv"), "--batch", proposed)
	require.Zero(t, code, out)
}

func TestGenerate(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	plain, packed := filepath.Join(dir, "cards.csv"), filepath.Join(dir, "cards.csv.gz")

	for _, path := range []string{plain, packed} {
		code, out := run(t, nil, "submit", "generate", "200", "--seed", "7", "--bad", "10", "-o", path)
		require.Zero(t, code, out)
		require.Regexp(t, `^200 rows, \d+ of them bad\n`, out)
	}

	want, err := os.ReadFile(plain)
	require.NoError(t, err)

	file, err := os.Open(packed)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })

	reader, err := gzip.NewReader(file)
	require.NoError(t, err)
	have, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have))

	code, out := run(t, nil, "submit", "generate", "200", "-o", plain)
	require.Equal(t, 1, code, "what is there may be a file of real cards")
	require.Contains(t, out, "file exists")

	code, out = run(t, nil, "submit", "generate", "3")
	require.Zero(t, code, out)
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 5, "a header, three rows, a word about them")

	for _, args := range [][]string{{"generate"}, {"generate", "0"}, {"generate", "many"}, {"generate", "1", "--bad", "101"}} {
		code, out = run(t, nil, "submit", args...)
		require.Equal(t, 2, code, out)
	}
}
