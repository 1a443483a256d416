package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/internal/workercli"
)

// runAs makes the test binary behave as one of the commands, so that tests run
// them as separate processes without building them.
const runAs = "ENROLL_TEST_RUN_AS"

const patience = time.Minute

func TestMain(m *testing.M) {
	limitFileSize()

	switch name := os.Getenv(runAs); name {
	case "worker":
		cli.Main(&workercli.Worker{}, name, "")
	case "submit":
		cli.Main(&cli.Submit{}, name, "")
	case "demo":
		cli.Main(&devcli.Demo{}, name, "")
	case "sandbox":
		cli.Main(&devcli.Sandbox{}, name, "")
	case "queue":
		os.Exit(serveQueue(os.Args[1]))
	default:
		os.Exit(stacktest.Main(m))
	}
}

// command is a command of ours as a child process.
type command struct {
	*exec.Cmd

	out   *output
	ended chan struct{}
}

// start starts a command with settings from the environment. It is killed when the test ends.
func start(t *testing.T, env []string, name string, args ...string) *command {
	t.Helper()

	return launch(t, nil, env, name, args...)
}

// startReading starts a command that reads a file as its standard input.
func startReading(t *testing.T, in *os.File, name string, args ...string) *command {
	t.Helper()

	return launch(t, in, nil, name, args...)
}

func launch(t *testing.T, in *os.File, env []string, name string, args ...string) *command {
	t.Helper()

	c := prepared(child(t, env, name, args...))
	if in != nil {
		c.Stdin = in
	}

	c.begin(t)

	return c
}

// prepared is a command whose output is kept, not yet started.
func prepared(process *exec.Cmd) *command {
	c := &command{Cmd: process, out: &output{grown: make(chan struct{})}, ended: make(chan struct{})}
	c.Stdout, c.Stderr = c.out, c.out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}

	return c
}

// begin starts the command. It is killed when the test ends.
func (c *command) begin(t *testing.T) {
	t.Helper()

	require.NoError(t, c.Start())

	go func() {
		_ = c.Wait() // the exit code is looked at by those who wait for it
		close(c.ended)
	}()

	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-c.ended
	})
}

// child is a command that the test starts itself.
func child(t *testing.T, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()

	executable, err := os.Executable()
	require.NoError(t, err)

	c := exec.CommandContext(t.Context(), executable, args...)
	// Many workers run on this machine at once: each takes a free port for its health, unless the test says otherwise.
	c.Env = append(append([]string{"ENROLL_HEALTH_LISTEN=127.0.0.1:0"}, ofRole(roleOf(name, args), env)...), runAs+"="+name,
		"PATH="+os.Getenv("PATH"), "HOME="+t.TempDir(), "GORACE="+os.Getenv("GORACE"))

	return c
}

// run runs a command to its end.
func run(t *testing.T, env []string, name string, args ...string) (code int, out string) {
	t.Helper()

	c := start(t, env, name, args...)

	return c.exit(t), c.out.String()
}

// exit waits for the command's end.
func (c *command) exit(t *testing.T) int {
	t.Helper()

	select {
	case <-c.ended:
		return c.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("still running:\n%s", c.out)
		return 0
	}
}

// says waits until the command has printed a text.
func (c *command) says(t *testing.T, text string) string {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	out, err := c.out.wait(ctx, func(all string) bool { return strings.Contains(all, text) })
	require.NoError(t, err, "waiting for %q in:\n%s", text, out)

	return out
}

// output is what a command has printed so far.
type output struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	close(o.grown)
	o.grown = make(chan struct{})

	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.b.String()
}

func (o *output) wait(ctx context.Context, until func(string) bool) (string, error) {
	for {
		o.mu.Lock()
		all, grown := o.b.String(), o.grown
		o.mu.Unlock()

		if until(all) {
			return all, nil
		}

		select {
		case <-grown:
		case <-ctx.Done():
			return all, errors.New("it did not come")
		}
	}
}
