// Package process runs parts of a system as child processes: a test starts its own executable again, in a role, so that it can
// be killed, and takes nothing from the others but the machine. A test that uses it asks Main first.
package process

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// What tells a process that it is a child, and how it is to run.
const (
	roleVariable   = "ENROLL_TEST_ROLE"
	configVariable = "ENROLL_TEST_CONFIG"
)

// Role is what a child does. The configuration is JSON.
type Role func(config []byte) error

// Main runs the role that this process was started for and returns its exit code. ok is false in a process that is no child.
func Main(roles map[string]Role) (code int, ok bool) {
	run, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		return 0, false
	}

	if err := run([]byte(os.Getenv(configVariable))); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "%s: %v\n", os.Getenv(roleVariable), err) // a pipe or a file of the parent

		return 1, true
	}

	return 0, true
}

// Orders are those of the parent, one a line. The channel is closed when the parent closes its end or is gone.
func Orders() <-chan string {
	lines := make(chan string)

	go func() {
		defer close(lines)

		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()

	return lines
}

// Ready tells the parent that the child does its work.
func Ready() error { return Tell("ready") }

// Tell tells the parent something, in a line.
func Tell(line string) error {
	_, err := os.Stdout.WriteString(line + "\n")

	return err
}

// Child is a process that was started from the executable of this one.
type Child struct {
	Ready <-chan struct{} // closed when it says so, or has ended
	Told  <-chan string   // what it says after that, as far as somebody listens
	Done  <-chan struct{} // closed when it has ended

	cmd    *exec.Cmd
	orders io.WriteCloser
}

// Start starts a child that writes its log to log. It ends when its orders are closed, so also when this process is killed.
func Start(ctx context.Context, role string, config any, log io.Writer) (*Child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the executable of this process: %w", err)
	}

	return StartOf(ctx, self, role, config, log)
}

// StartOf is Start with another executable that asks Main, such as the same test of an earlier version.
func StartOf(ctx context.Context, executable, role string, config any, log io.Writer) (*Child, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("writing the configuration of a %s: %w", role, err)
	}

	// Not ended by ctx: how a child ends is what is tested.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), executable)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, configVariable+"="+string(text))
	cmd.Stderr = log

	ready, told, done := make(chan struct{}), make(chan string, 1), make(chan struct{})
	c := &Child{cmd: cmd, Ready: ready, Told: told, Done: done}

	if c.orders, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("preparing a %s: %w", role, err)
	}

	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("preparing a %s: %w", role, err)
	}

	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a %s: %w", role, err)
	}

	go func() {
		defer close(done)

		lines := bufio.NewScanner(out)
		lines.Scan()

		close(ready)

		for lines.Scan() {
			select {
			case told <- lines.Text():
			default:
			}
		}

		_ = cmd.Wait() // how it ended is seen in its log and in what it did
	}()

	return c, nil
}

// Signal sends a signal; a child that has ended does not mind.
func (c *Child) Signal(s syscall.Signal) { _ = c.cmd.Process.Signal(s) }

// Kill ends the child at once and waits for its end.
func (c *Child) Kill() {
	c.Signal(syscall.SIGKILL)
	<-c.Done
}

// Order gives an order; a child that has ended does not mind.
func (c *Child) Order(line string) { _, _ = io.WriteString(c.orders, line+"\n") }

// Stop has the child end in good order. One that has not within the time is killed; then ok is false.
func (c *Child) Stop(within time.Duration) (ok bool) {
	_ = c.orders.Close()

	select {
	case <-c.Done:
		return true
	case <-time.After(within):
		c.Kill()

		return false
	}
}
