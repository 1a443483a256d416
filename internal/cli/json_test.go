package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// Commands that run until they are told to stop, or write something else than an account of what they did.
func withoutJSON() []string {
	return []string{"worker run", "demo run", "sandbox serve", "submit completion", "worker completion", "demo completion", "sandbox completion"}
}

// --json works, or is refused with a word of its own, on every command there is.
func TestEveryCommandPrintsJSONOrRefusesTo(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	made := newKeys(t, dir)

	cards := filepath.Join(dir, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+
		sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"+sandbox.PAN(0, 2)+",13,2099,ana@example.com\n"), 0o600))

	queue, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(queue.Stop)

	js, err := jetstream.New(stacktest.Connect(t, queue))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	settings := settingsOf(made, map[string]string{
		"nats-url":       queue.URL(),
		"database-url":   stacktest.Database(t),
		"mastercard-url": "http://127.0.0.1:1",
		"program":        "demo",
		"as":             "enrolled",
	})
	arguments := map[string]string{"FILE": cards, "N": "3", "dir": string(made), "program": "demo"}

	code, said := ran(&cli.Submit{}, "submit", append(leafNamed(t, "submit file").args(settings, arguments, ""), "--batch", "b")...)
	require.Equal(t, 3, code, said)

	for _, leaf := range leaves(t) {
		args := append(leaf.args(settings, arguments, ""), "--json")

		if slices.Contains(withoutJSON(), leaf.name()) {
			code, said := ran(leaf.grammar(), leaf.program, args...)
			require.Equal(t, 2, code, leaf.name())
			require.Contains(t, said, "unknown flag --json: this command prints nothing for programs", leaf.name())

			continue
		}

		if leaf.name() == "submit watch" { // no worker is there, so that it would not end
			continue
		}

		if leaf.name() == "submit file" {
			args = append(args, "--batch", "b")
		}

		var out, log bytes.Buffer

		code := cli.Run(t.Context(), leaf.grammar(), leaf.program, "", args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &log})
		requireJSON(t, leaf.name(), out.Bytes(), code == 0 || code == 3, log.String())
	}
}

// requireJSON requires values of JSON, one or more where the command has done what it should.
func requireJSON(t *testing.T, command string, out []byte, done bool, log string) {
	t.Helper()

	if command == "submit generate" { // the rows go to the output, and the account of them to the other one
		out = []byte(log)
	}

	decoder := json.NewDecoder(bytes.NewReader(out))

	for n := 0; ; n++ {
		var value any

		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			require.True(t, n > 0 || !done, "%s printed nothing: %s", command, log)
			return
		}

		require.NoError(t, err, "%s printed:\n%s\n%s", command, out, log)
	}
}

func leafNamed(t *testing.T, name string) leaf {
	t.Helper()

	all := leaves(t)
	i := slices.IndexFunc(all, func(l leaf) bool { return l.name() == name })
	require.GreaterOrEqual(t, i, 0)

	return all[i]
}

// What a program reads of a file that was sent.
func TestAFilesReportForPrograms(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	cards := filepath.Join(dir, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+
		sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"+sandbox.PAN(0, 2)+",13,2099,ana@example.com\n"), 0o600))

	var out, log bytes.Buffer

	code := cli.Run(t.Context(), &cli.Submit{}, "submit", "", []string{cards, "--dry-run", "--json"}, cli.Streams{Out: &out, Err: &log})
	require.Equal(t, 3, code, log.String())

	var reports []map[string]any

	require.NoError(t, json.Unmarshal(out.Bytes(), &reports))
	require.Len(t, reports, 1)
	require.Equal(t, map[string]any{
		"file": cards, "batch": "cards", "rows_read": 2.0, "rows_rejected": 1.0, "rows_sent": 0.0, "rows_sent_before": 0.0,
		"by_code": map[string]any{"INVALID_FIELD": 1.0}, "rejects_file": cards + ".rejects.csv", "dry_run": true,
		"reasons": []any{map[string]any{
			"code": "INVALID_FIELD", "column": "exp_month", "reason": "must be a month from 1 to 12", "rows": 1.0, "lines": []any{3.0},
		}},
	}, reports[0])
	require.Contains(t, log.String(), "Nothing was sent")
}
