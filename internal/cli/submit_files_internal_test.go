package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/settings"
)

func TestWhichFilesAreMeant(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	long := strings.Repeat("x", 70) + ".csv"

	for _, name := range []string{
		"june.csv", "july.csv", "july.csv.rejects.csv", "july.csv.rejects.csv.partial", "july.csv.submit-state.json", ".hidden.csv",
		"Karten März (2).csv", "notes.txt", "more/june.csv", "more/may.csv.gz", "long/" + long,
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}

	for name, c := range map[string]struct {
		command SubmitFile
		want    string // path:batch ...
		says    string
	}{
		"one file":                     {SubmitFile{Paths: []string{"june.csv"}}, "june.csv:june", ""},
		"one file, its batch named":    {SubmitFile{Paths: []string{"june.csv"}, Batch: "b"}, "june.csv:b", ""},
		"two files":                    {SubmitFile{Paths: []string{"june.csv", "july.csv"}, Batch: "b"}, "june.csv:b-june july.csv:b-july", ""},
		"one file twice":               {SubmitFile{Paths: []string{"june.csv", "./june.csv"}}, "june.csv:june", ""},
		"a compressed one":             {SubmitFile{Paths: []string{"more/may.csv.gz"}}, "more/may.csv.gz:may", ""},
		"a name that is no id":         {SubmitFile{Paths: []string{"Karten März (2).csv"}}, "Karten März (2).csv:Karten-M-rz--2-", ""},
		"a folder":                     {SubmitFile{Paths: []string{"."}, Pattern: "j*.csv"}, "july.csv:july june.csv:june", ""},
		"a pattern":                    {SubmitFile{Paths: []string{"j*"}}, "july.csv:july june.csv:june", ""},
		"what a shell makes of one":    {SubmitFile{Paths: []string{"july.csv", "july.csv.rejects.csv", "june.csv"}}, "july.csv:july june.csv:june", ""},
		"corrected rejects":            {SubmitFile{Paths: []string{"july.csv.rejects.csv"}, Batch: "b"}, "july.csv.rejects.csv:b", ""},
		"a folder without a pattern":   {SubmitFile{Paths: []string{"more"}}, "", "more is a folder: say which of its files are meant, such as --pattern '*.csv'"},
		"a pattern of nothing":         {SubmitFile{Paths: []string{"*.xml"}}, "", "*.xml names no file of cards"},
		"a pattern that is none":       {SubmitFile{Paths: []string{"[.csv"}}, "", "the pattern [.csv cannot be read"},
		"a file that is not there":     {SubmitFile{Paths: []string{"june.csv", "august.csv"}}, "", "august.csv: no such file"},
		"two of the same name":         {SubmitFile{Paths: []string{"june.csv", "more/june.csv"}}, "", "june.csv and more/june.csv would both be batch june: send them one by one"},
		"a name too long":              {SubmitFile{Paths: []string{"long/" + long}}, "", "is not 1 to 64 of A-Z a-z 0-9 . _ -: it has 70 characters; name one with --batch"},
		"one of several too long":      {SubmitFile{Paths: []string{"june.csv", "long/" + long}}, "", "it has 70 characters; send the file by itself, with --batch"},
		"a batch with blanks":          {SubmitFile{Paths: []string{"june.csv"}, Batch: "a b"}, "", `--batch: "a b" is not 1 to 64 of A-Z a-z 0-9 . _ -: write --batch a-b`},
		"a batch in another script":    {SubmitFile{Paths: []string{"june.csv"}, Batch: "März/1"}, "", `--batch: "März/1" is not 1 to 64 of A-Z a-z 0-9 . _ -: write --batch M-rz-1`},
		"a batch too long":             {SubmitFile{Paths: []string{"june.csv"}, Batch: strings.Repeat("b", 65)}, "", "it has 65 characters"},
		"a batch that is a card":       {SubmitFile{Paths: []string{"june.csv"}, Batch: "n 5204731600014784"}, "", `"n ************4784" is not`},
		"a batch that makes it so":     {SubmitFile{Paths: []string{"june.csv", "july.csv"}, Batch: strings.Repeat("b", 60)}, "", "give a shorter --batch"},
		"one rejects file for several": {SubmitFile{Paths: []string{"june.csv", "july.csv"}, Rejects: "r.csv"}, "", "--rejects: is one file, and 2 are to be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for i, path := range c.command.Paths {
				c.command.Paths[i] = dir + "/" + path
			}

			files, err := c.command.files()

			if c.says != "" {
				require.Error(t, err)
				require.Contains(t, strings.ReplaceAll(err.Error(), dir+"/", ""), c.says)

				return
			}

			require.NoError(t, err)

			var have []string
			for _, f := range files {
				have = append(have, strings.TrimPrefix(f.path, dir+"/")+":"+f.batch)
			}

			require.Equal(t, c.want, strings.Join(have, " "))
		})
	}
}

func TestAWrongChoiceOfFilesIsWrongUsage(t *testing.T) {
	t.Parallel()

	_, err := (&SubmitFile{Paths: []string{t.TempDir()}}).files()

	var fault *settings.UsageError

	require.ErrorAs(t, err, &fault)
}

// Whatever the number of files, what is wrong with --batch is said once.
func TestAWrongBatchIsSaidOnce(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	for _, name := range []string{"june.csv", "july.csv"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}

	_, err := (&SubmitFile{Paths: []string{dir}, Pattern: "*.csv", Batch: "a b"}).files()
	require.EqualError(t, err, `--batch: "a b" is not 1 to 64 of A-Z a-z 0-9 . _ -: write --batch a-b`)
}
