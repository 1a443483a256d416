package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/workercli"
	"enroll.example/clicktopay/pkg/pan"
)

// find runs worker find-card with the settings of a system.
func (s *system) find(ctx context.Context, streams cli.Streams, args ...string) int {
	s.t.Helper()

	database := ""

	for _, variable := range s.env {
		if url, ok := strings.CutPrefix(variable, "ENROLL_DATABASE_URL="); ok {
			database = url
		}
	}

	if !slices.Contains(args, "--hmac-key-files") {
		args = append(args, "--hmac-key-files", filepath.Join(s.keys, "hmac-key.txt"))
	}

	return cli.Run(ctx, &workercli.Worker{}, "worker", "", append([]string{"find-card", "--database-url", database}, args...), streams)
}

func TestACardsJobsAreFoundByItsNumber(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.worker("w1")
	s.send("b1", 2)
	s.settles("b1", 2)

	typed := sandbox.PAN(0, 1)
	number := pan.Unchecked(typed)
	other := filepath.Join(s.dir, "other-key.txt")
	require.NoError(t, os.WriteFile(other, []byte("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"), 0o600))

	for name, c := range map[string]struct {
		in   string
		args []string
		code int
		says string
	}{
		"a number":                {typed + "\n", nil, 0, "b1.2"},
		"without a line's end":    {typed, nil, 0, number.String()},
		"with blanks":             {typed[:4] + " " + typed[4:8] + " " + typed[8:12] + " " + typed[12:] + "\r\n", nil, 0, "enrolled"},
		"with hyphens":            {typed[:4] + "-" + typed[4:], nil, 0, "submit job JOB_ID"},
		"under the key before":    {typed, []string{"--hmac-key-files", other, "--hmac-key-files", filepath.Join(s.keys, "hmac-key.txt")}, 0, "b1.2"},
		"for programs":            {typed, []string{"--json"}, 0, `"job_id": "b1.2"`},
		"a card that has no job":  {sandbox.PAN(0, 99), nil, 1, "no job of card"},
		"under another key":       {typed, []string{"--hmac-key-files", other}, 1, "with others, give their files as well"},
		"nothing":                 {"", nil, 1, "there is no card number on standard input"},
		"a digit that is wrong":   {typed[:15] + string('0'+(typed[15]-'0'+1)%10), nil, 1, "fails the Luhn check"},
		"no digits":               {"card " + typed, nil, 1, "characters other than digits"},
		"an argument":             {"", []string{typed}, 2, "unexpected argument"},
		"for programs, and none":  {sandbox.PAN(0, 99), []string{"--json"}, 1, "[]"},
		"a file that is too long": {strings.Repeat("9", 1000), nil, 1, "has not 16 to 20 digits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out, said bytes.Buffer

			code := s.find(t.Context(), cli.Streams{In: strings.NewReader(c.in), Out: &out, Err: &said}, c.args...)
			require.Equal(t, c.code, code, out.String()+said.String())
			require.Contains(t, out.String()+said.String(), c.says)

			for _, known := range []pan.Number{number, pan.Unchecked(sandbox.PAN(0, 99))} {
				require.False(t, known.In(out.String()+said.String()))
			}

			if c.code == 0 && len(c.args) == 1 {
				var jobs []map[string]any
				require.NoError(t, json.Unmarshal(out.Bytes(), &jobs))
				require.Len(t, jobs, 1)
				require.Equal(t, number.String(), jobs[0]["pan"])
			}
		})
	}
}

// What is typed at a terminal is not shown there, and an interrupted command leaves the terminal as it was.
func TestACardNumberIsTypedWithoutBeingShown(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	typed := sandbox.PAN(0, 99)

	for name, c := range map[string]struct {
		typed string
		says  string
	}{
		"typed":       {typed + "\n", "no job of card"},
		"interrupted": {"", "interrupted; no card was looked for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			master, terminal := openTerminal(t, 80)
			shown := &output{grown: make(chan struct{})}

			go func() { _, _ = io.Copy(shown, master) }() // it ends when the terminal is closed

			var said output

			said.grown = make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan int)

			go func() { ended <- s.find(ctx, cli.Streams{In: terminal, Out: &said, Err: &said}) }()

			eventually.True(t, func() bool { return strings.Contains(said.String(), "it is not shown") && !echoes(t, terminal) }, patience, tick)

			if c.typed == "" {
				cancel()
			} else {
				_, err := master.WriteString(c.typed)
				require.NoError(t, err)
			}

			require.Equal(t, 1, <-ended)
			require.Contains(t, said.String(), c.says)
			require.True(t, echoes(t, terminal), "as it was before")
			require.NoError(t, terminal.Close())
			require.False(t, pan.Unchecked(typed).In(shown.String()+said.String()))
			cancel()
			require.NoError(t, master.Close())
		})
	}
}
