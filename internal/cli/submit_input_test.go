package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cardsFile writes a file of cards into a folder of its own.
func cardsFile(t *testing.T, text string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "cards.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))

	return path
}

const (
	goodCards = "pan,exp_month,exp_year,email\n5204731600014784,12,2099,ana@example.com\n"
	mixed     = goodCards + "5204731600014780,12,2099,ana@example.com\n"
	foreign   = "Karte;Gültig;Mail\n5204 7316 0001 4784;12/39;ana@example.com\n"
)

// A dry run is told nothing of a queue, a database, a key or a program, and needs none of them.
func TestDryRun(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text string
		args []string
		code int
		says []string
	}{
		"a good file":  {goodCards, nil, 0, []string{"1 rows checked in", "1 good, 0 rejected", "Nothing was sent: this was a dry run."}},
		"a faulty row": {mixed, nil, 3, []string{"1 good, 1 rejected", "1  INVALID_PAN", "cards.csv.rejects.csv"}},
		"a warning":    {strings.Replace(goodCards, "5204731600014784", "4111111111111111", 1), nil, 0, []string{"OTHER_NETWORK, a warning", "(line 2)"}},
		"reasons": {
			goodCards + strings.Repeat("5204731600014784,13,2099,ana@example.com\n", 4) + "5204731600014784,13,2099,ana\n", nil, 3, []string{
				"5  INVALID_FIELD exp_month: must be a month from 1 to 12 (lines 3, 4, 5 and more)",
				"1  INVALID_FIELD email: must be an e-mail address of at most 255 characters (line 7)",
				"How the columns are understood: submit inspect FILE",
				"The real run would be refused and send nothing: 5 of 6 rows are rejected, more than the 50 percent that are allowed",
			},
		},
		"duplicates": {
			goodCards + strings.Repeat("5204731600014784,12,2099,ana@example.com\n", 2), []string{"--max-rejects", "70"}, 3,
			[]string{"2  DUPLICATE: has the card and the consumer of an earlier row (lines 3, 4)"},
		},
		"a share that is none":       {goodCards, []string{"--max-rejects", "101"}, 2, []string{"--max-rejects: 101 is not 0 to 100"}},
		"a cut row":                  {strings.TrimSpace(goodCards), nil, 0, []string{"UNENDED_LINE, a warning: the last line has no end", "(line 2)"}},
		"a cut row, strictly":        {strings.TrimSpace(goodCards), []string{"--strict-end"}, 1, []string{"cards.csv:2: the last line has no end"}},
		"rows that are missing":      {goodCards, []string{"--expect-rows", "2"}, 1, []string{"has 1 row, and 2 are expected"}},
		"a number of no rows":        {goodCards, []string{"--expect-rows=-1"}, 2, []string{"--expect-rows: -1 is not 1 or more"}},
		"a trailer":                  {goodCards + "T;1\n", []string{"--trailer", "T;{rows}"}, 0, []string{"1 good, 0 rejected"}},
		"a trailer that counts more": {goodCards + "T;2\n", []string{"--trailer", "T"}, 1, []string{"the trailer record says that there are 2 rows, and there are 1"}},
		"a trailer of no form":       {goodCards, []string{"--trailer", "T;{count}"}, 2, []string{"--trailer: {count} is not known; known are {rows}"}},
		"a file of no kind":          {"PK\x03\x04", nil, 1, []string{"is a zip archive"}},
		"an unknown column":          {foreign, nil, 1, []string{`column 1, "Karte", is not known`, "submit inspect FILE"}},
		"a wrong delimiter":          {goodCards, []string{"--delimiter", "colon"}, 2, []string{`--delimiter: "colon" is not known; known are comma, semicolon, tab, pipe`}},
		"a wrong encoding":           {goodCards, []string{"--encoding", "ebcdic"}, 2, []string{`--encoding: encoding "ebcdic" is not known`}},
		"a map that is none":         {goodCards, []string{"--map", "/no/such.json"}, 2, []string{"--map: opening the mapping file: open /no/such.json"}},
		"the delimiter named":        {strings.ReplaceAll(goodCards, ",", "\t"), []string{"--delimiter", "tab"}, 0, []string{"1 good"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, nil, "submit", append([]string{cardsFile(t, c.text), "--dry-run"}, c.args...)...)
			require.Equal(t, c.code, code, out)

			for _, text := range c.says {
				require.Contains(t, out, text)
			}
		})
	}
}

// A file's name is bytes, and need not be UTF-8.
func TestAFileWhoseNameIsNotUTF8(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "K\xe4rten \xfc.csv")
	require.NoError(t, os.WriteFile(path, []byte(mixed), 0o600))

	for name, args := range map[string][]string{
		"by its name": {path}, "by a pattern": {filepath.Join(filepath.Dir(path), "K*.csv")}, "in a folder": {filepath.Dir(path), "--pattern", "*.csv"},
	} {
		code, out := run(t, nil, "submit", append(args, "--dry-run")...)
		require.Equal(t, 3, code, name+out)
		require.Contains(t, out, "1 good, 1 rejected", name)
		require.FileExists(t, path+".rejects.csv", name)
	}

	code, out := run(t, nil, "submit", "inspect", path)
	require.Zero(t, code, out)

	code, out = run(t, nil, "submit", path+"x", "--dry-run")
	require.Equal(t, 1, code)
	require.Contains(t, out, "K\xe4rten \xfc.csvx: no such file")

	var reports []struct {
		Batch string `json:"batch"`
	}

	code, out = run(t, nil, "submit", path, "--dry-run", "--json")
	require.Equal(t, 3, code, out)
	require.NoError(t, json.Unmarshal([]byte(out[strings.Index(out, "["):strings.LastIndex(out, "]")+1]), &reports), out)
	require.Equal(t, "K-rten--", reports[0].Batch)
}

func TestDryRunOfStandardInput(t *testing.T) {
	t.Parallel()

	path := cardsFile(t, mixed)
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })

	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	c := startReading(t, file, "submit", "-", "--dry-run", "--rejects", rejects)
	require.Equal(t, 3, c.exit(t), c.out)
	require.Contains(t, c.out.String(), "2 rows checked")
	require.FileExists(t, rejects)
}

func TestSubmitWithoutWhatItNeeds(t *testing.T) {
	t.Parallel()

	code, out := run(t, nil, "submit", cardsFile(t, goodCards), "--max-rejects", "101")
	require.Equal(t, 2, code, out)

	for _, text := range []string{"--program: is missing", "--intake-key-file: is missing", "--database-url", "--max-rejects: 101 is not 0 to 100"} {
		require.Contains(t, out, text)
	}
}

// Standard input has no name to call its batch by.
func TestSubmitOfStandardInputNeedsABatch(t *testing.T) {
	t.Parallel()

	code, out := run(t, nil, "submit", "-", "--program", "demo")
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "--batch: is missing")
}

func TestSubmitToAQueueThatNoWorkerHasPrepared(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	code, out := run(t, s.env, "submit", cardsFile(t, goodCards), "--program", "demo")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "the queue has no stream ENROLL_JOBS: start a worker first")
}

// From a foreign file to one that can be sent, in two commands.
func TestInspectWritesAMappingThatWorks(t *testing.T) {
	t.Parallel()

	path := cardsFile(t, foreign)
	written := filepath.Join(filepath.Dir(path), "map.json")

	code, out := run(t, nil, "submit", "inspect", path)
	require.Zero(t, code, out)
	require.Contains(t, out, "CSV, utf-8, semicolon between columns, compression none")
	require.Contains(t, out, "520473******4784")
	require.NotContains(t, out, "ana@")
	require.Contains(t, out, `{"from":"Gültig","to":["exp_month","exp_year"],"as":"MM/YY"}`)

	code, out = run(t, nil, "submit", "inspect", path, "--write-map", written)
	require.Zero(t, code, out)
	require.Contains(t, out, "submit "+path+" --map "+written+" --dry-run")

	code, out = run(t, nil, "submit", path, "--map", written, "--dry-run")
	require.Zero(t, code, out)
	require.Contains(t, out, "1 good, 0 rejected")

	code, out = run(t, nil, "submit", "inspect", path, "--write-map", written)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "is there already")

	code, out = run(t, nil, "submit", "inspect", path, "--map", written, "--json")
	require.Zero(t, code, out)

	var found struct {
		Good int `json:"good"`
	}

	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.Equal(t, 1, found.Good)

	code, out = run(t, nil, "submit", "inspect", cardsFile(t, goodCards))
	require.Zero(t, code, out)
	require.Contains(t, out, "No mapping is needed.")
}
