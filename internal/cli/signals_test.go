package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSecondSignalEndsTheWorkerAtOnce(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		ignored       string // as nohup and scripts do for what they start in the background
		first, second syscall.Signal
		line          string
		code          int
	}{
		"SIGTERM": {
			first: syscall.SIGTERM, second: syscall.SIGTERM, code: 143,
			line: "worker: ended at once by a second signal (terminated); jobs that were in flight return to the queue by themselves",
		},
		"SIGINT that was ignored at start": {
			ignored: "INT", first: syscall.SIGINT, second: syscall.SIGINT, code: 130,
			line: "worker: ended at once by a second signal (interrupt); jobs that were in flight return to the queue by themselves",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newSystem(t)
			called := s.neverAnswers()
			worker := prepared(child(t, s.env, "worker", "run"))
			if c.ignored != "" {
				ignoring(t, worker.Cmd, c.ignored)
			}

			worker.begin(t)
			worker.says(t, "taking jobs")
			s.send("b1", 1)

			select {
			case <-called:
			case <-worker.ended:
				t.Fatalf("the worker ended:\n%s", worker.out)
			}

			require.NoError(t, worker.Process.Signal(c.first))
			worker.says(t, "finishing the jobs in flight; a second signal ends the worker at once")
			insist(t, worker, c.second)

			require.Equal(t, c.code, worker.exit(t), worker.out)
			require.Contains(t, worker.out.String(), c.line)
			require.NotContains(t, worker.out.String(), "stopped before", "it waited for the job")
		})
	}
}

// insist sends a signal until the process has ended: one that comes right behind the first is taken for the same.
func insist(t *testing.T, c *command, s syscall.Signal) {
	t.Helper()

	deadline := time.After(patience)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()

	for {
		select {
		case <-c.ended:
			return
		case <-deadline:
			t.Fatalf("still running:\n%s", c.out)
		case <-ticker.C:
			_ = c.Process.Signal(s) // it may have ended meanwhile
		}
	}
}

// neverAnswers puts an API in place of the sandbox that leaves calls without an answer, and tells of the first.
func (s *system) neverAnswers() (called <-chan struct{}) {
	s.t.Helper()

	calls, over := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case calls <- struct{}{}:
		default:
		}

		<-over
	}))
	s.t.Cleanup(server.Close)
	s.t.Cleanup(func() { close(over) })

	s.env = append(s.env, "ENROLL_MASTERCARD_URL="+server.URL)

	return calls
}

// ignoring has a shell start the command with a signal ignored.
func ignoring(t *testing.T, c *exec.Cmd, name string) {
	t.Helper()

	shell, err := exec.LookPath("sh")
	require.NoError(t, err)

	c.Args = append([]string{"sh", "-c", "trap '' " + name + `; exec "$0" "$@"`, c.Path}, c.Args[1:]...)
	c.Path = shell
}

func TestSecondSignalIsNotNeededWhenNothingIsInFlight(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w1")

	require.NoError(t, worker.Process.Signal(os.Interrupt))
	require.Zero(t, worker.exit(t), worker.out)
	require.NotContains(t, worker.out.String(), "second signal")
}
