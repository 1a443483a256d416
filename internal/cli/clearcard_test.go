package cli_test

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/pan"
)

// callTime is how long one call may take: commands that wait for a server or follow something would never end.
const callTime = 300 * time.Millisecond

// Wherever a card number is typed by mistake, in the place of a setting, an argument or a file's name, no command repeats it: not on
// the screen, not in its log, not in a file that it writes.
func TestNoCommandRepeatsACardNumber(t *testing.T) {
	inputs := t.TempDir()
	made := newKeys(t, inputs)

	cards := filepath.Join(inputs, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"), 0o600))

	good := settingsOf(made, map[string]string{
		"nats-url":       "nats://" + closedPort,
		"database-url":   stacktest.Database(t),
		"mastercard-url": "http://" + closedPort,
		"health-listen":  "127.0.0.1:0",
		"sandbox-listen": "no address",
		"sandbox-keys":   string(made),
		"program":        "demo",
		"batch":          "b",
		"as":             "enrolled",
		"give-up-after":  "1ms",
		"yes":            "false", // no table is dropped, whatever the database
	})
	arguments := map[string]string{"FILE": cards, "N": "1", "dir": filepath.Join(inputs, "keys"), "file": filepath.Join(inputs, "no such file")}

	t.Chdir(t.TempDir())

	const typed = "2223000048400011"

	number := pan.Unchecked(typed)
	require.True(t, pan.LooksLikeCard(typed))

	for _, leaf := range leaves(t) { //nolint:paralleltest // commands make files of relative names in the working directory
		t.Run(leaf.name(), func(t *testing.T) {
			forms := []string{typed, "2223 0000 4840 0011", typed + ".csv", "no-such-folder/" + typed + "/cards.csv", "a b " + typed}
			for _, args := range leaf.mistakes(good, arguments, forms) {
				requireNoCard(t, leaf, number, args)
			}
		})
	}
}

// A folder may have such a name, too, and then it is not ours to refuse it: files below it are sent, and their paths are shown masked.
func TestFolderNamedAfterACardNumberIsShownMasked(t *testing.T) {
	t.Parallel()

	const typed = "2223000048400011"

	folder := filepath.Join(t.TempDir(), typed)
	require.NoError(t, os.Mkdir(folder, 0o700))

	for name, email := range map[string]string{"good.csv": "ana@example.com", "bad.csv": "ana"} {
		content := "pan,exp_month,exp_year,email\n" + sandbox.PAN(0, 1) + ",12,2099," + email + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}

	for _, args := range [][]string{
		{folder, "--pattern", "*.csv", "--dry-run"}, {folder, "--pattern", "*.csv", "--dry-run", "--json"},
		{filepath.Join(folder, "bad.csv"), "--dry-run"}, {"inspect", filepath.Join(folder, "bad.csv")},
		{"inspect", filepath.Join(folder, "bad.csv"), "--json"},
	} {
		code, said := ran(&cli.Submit{}, "submit", args...)
		require.NotEqual(t, 2, code, said)
		require.False(t, pan.Unchecked(typed).In(said), "%q said:\n%s", args, said)
	}

	require.FileExists(t, filepath.Join(folder, "bad.csv.rejects.csv"))
}

// mistakes are calls of a command with texts in the place of each argument, of one too many, and of a flag's name; and with one of
// them, in turn, in the place of each setting that has a value.
func (l leaf) mistakes(good, arguments map[string]string, texts []string) (all [][]string) {
	for node := l.node; node != nil; node = node.Parent {
		for _, flag := range node.Flags {
			all = append(all, append(l.args(good, arguments, flag.Name), "--"+flag.Name+"="+texts[len(all)%len(texts)]))
		}
	}

	for _, text := range texts {
		all = append(all,
			append(l.args(good, arguments, ""), text),
			append(l.args(good, arguments, ""), "--"+text),
			append(l.args(good, arguments, ""), "--no-such-flag="+text))

		for _, positional := range l.node.Positional {
			with := maps.Clone(arguments)
			with[positional.Name] = text

			all = append(all, l.args(good, with, ""))
			if hasFlag(l.node, "json") {
				all = append(all, append(l.args(good, with, ""), "--json"))
			}
		}
	}

	return all
}

func requireNoCard(t *testing.T, leaf leaf, number pan.Number, args []string) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), callTime)
	defer cancel()

	var out, log bytes.Buffer

	cli.Run(ctx, leaf.grammar(), leaf.program, "", args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &log})

	assert.False(t, number.In(out.String()), "%q printed:\n%.500s", args, out.String())
	assert.False(t, number.In(log.String()), "%q said:\n%.500s", args, log.String())

	requireNoCardInFiles(t, number, args)
}

// requireNoCardInFiles looks into what a command has written into the working directory, and removes it. The name is as it was asked for.
func requireNoCardInFiles(t *testing.T, number pan.Number, args []string) {
	t.Helper()

	root, err := os.OpenRoot(".")
	require.NoError(t, err)

	defer root.Close() //nolint:errcheck // read only

	require.NoError(t, fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}

		written, err := root.ReadFile(path)
		assert.False(t, number.In(string(written)), "%q wrote %s:\n%.500s", args, path, written)

		return err
	}))

	entries, err := os.ReadDir(".")
	require.NoError(t, err)

	for _, entry := range entries {
		require.NoError(t, os.RemoveAll(entry.Name()))
	}
}
