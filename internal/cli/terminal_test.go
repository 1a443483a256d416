package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
)

// openTerminal makes a terminal of so many columns: what is written to the master is typed there.
func openTerminal(t *testing.T, width uint16) (master, terminal *os.File) {
	t.Helper()

	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)

	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))

	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}))

	return master, terminal
}

// onTerminal runs a command whose outputs are a terminal of so many columns, and returns what is written there.
func onTerminal(t *testing.T, width uint16, grammar any, program string, args ...string) (code int, shown string) {
	t.Helper()

	master, terminal := openTerminal(t, width)
	read := make(chan string)

	go func() {
		var all bytes.Buffer

		_, _ = io.Copy(&all, master) // it ends with an error of its own when the terminal is closed
		read <- all.String()
	}()

	code = cli.Run(t.Context(), grammar, program, "", args, cli.Streams{In: strings.NewReader(""), Out: terminal, Err: terminal})

	require.NoError(t, terminal.Close())

	shown = <-read
	require.NoError(t, master.Close())

	return code, strings.ReplaceAll(shown, "\r\n", "\n")
}

// What people read fits their terminals, and nothing is drawn over on one that cannot.
func TestOutputsFitTheTerminal(t *testing.T) {
	dir := t.TempDir()
	made := devkeys.Dir(filepath.Join(dir, "keys"))
	_, err := made.Make("test")
	require.NoError(t, err)

	queue, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(queue.Stop)

	js, err := jetstream.New(stacktest.Connect(t, queue))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), js, jobs.Topology{})
	require.NoError(t, err)

	require.NoError(t, control.New(js).Pause(t.Context(), control.Pause{Program: "demo", By: "ana@bank", At: time.Now(), Why: "key ceremony of the summer"}))

	presence, err := json.Marshal(control.Presence{
		Worker: "worker-of-the-north-1", Started: time.Now(),
		Programs: []control.ProgramPresence{{Name: "demo", Halt: &control.Stop{
			Since: time.Now(), Reason: "HTTP 401 AUTHENTICATION_FAILED: the signature of the request is not the one expected", NextProbe: time.Now(),
		}}},
	})
	require.NoError(t, err)

	bucket, err := js.KeyValue(t.Context(), "enroll_control")
	require.NoError(t, err)
	_, err = bucket.Put(t.Context(), "worker.north", presence)
	require.NoError(t, err)

	cards := filepath.Join(dir, "cards of the northern branches.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"), 0o600))

	database := "--database-url=" + stacktest.Database(t)
	address := "--nats-url=" + queue.URL()
	submit := []string{cards, address, database, "--program=demo", "--batch=northern-2026-11", "--intake-key-file=" + made.Path(devkeys.IntakePublicKey)}

	t.Setenv("TERM", "dumb")

	code, shown := onTerminal(t, 80, &cli.Submit{}, "submit", submit...)
	require.Zero(t, code, shown)
	require.NotContains(t, shown, "\x1b")
	require.NotContains(t, shown, "\r")
	require.NotContains(t, shown, "█")

	t.Setenv("TERM", "xterm")

	_, shown = onTerminal(t, 80, &cli.Submit{}, "submit", submit...)
	require.Contains(t, shown, "\x1b", "a terminal that can is drawn over")

	for _, width := range []uint16{80, 44} {
		for _, args := range [][]string{
			{"status", address}, {"status", "northern-2026-11", address, database}, {"batches", database},
		} {
			code, shown := onTerminal(t, width, &cli.Submit{}, "submit", args...)
			require.Zero(t, code, shown)

			for line := range strings.SplitSeq(shown, "\n") {
				require.LessOrEqual(t, utf8.RuneCountInString(line), int(width), "%q of %s", line, shown)
			}

			require.Contains(t, shown, map[string]string{"batches": "northern-2026-11", "status": "r"}[args[0]])
		}
	}

	t.Setenv("COLUMNS", "")

	_, shown = ran(&cli.Submit{}, "submit", "batches", database)
	require.Contains(t, shown, "BATCH             PROGRAM", "a pipe gets the table whole")
}

// echoes reports whether a terminal shows what is typed.
func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()

	settings, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	require.NoError(t, err)

	return settings.Lflag&unix.ECHO != 0
}
