package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// What tells a process that it is a child, and how it is to run.
const (
	roleVariable   = "ENROLL_CHAOS_ROLE"
	configVariable = "ENROLL_CHAOS_CONFIG"

	roleNode   = "node"
	roleWorker = "worker"
)

// Child runs the role that a harness has started this process for and returns its exit code. ok is false in any other process.
func Child() (code int, ok bool) {
	run, ok := map[string]func(config []byte) error{roleNode: runNode, roleWorker: runWorker}[os.Getenv(roleVariable)]
	if !ok {
		return 0, false
	}

	if err := run([]byte(os.Getenv(configVariable))); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "chaos:", err) // a pipe or a file of the harness

		return 1, true
	}

	return 0, true
}

// orders gives the harness's orders, one a line. The channel is closed when the harness closes its end or is gone.
func orders(in io.Reader) <-chan string {
	lines := make(chan string)

	go func() {
		defer close(lines)

		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()

	return lines
}

// ready tells the harness that the child does its work.
func ready() error { return tell("ready") }

// tell tells the harness something, in a line.
func tell(line string) error {
	_, err := os.Stdout.WriteString(line + "\n")

	return err
}

// child is a process that was started from the harness's own executable.
type child struct {
	cmd    *exec.Cmd
	orders io.WriteCloser
	ready  chan struct{} // closed when it says so, or has ended
	told   chan string   // what it says after that, as far as somebody listens
	done   chan struct{}
}

// startChild starts a child that writes its log to log. It ends when its orders are closed, so also when the harness is killed.
func startChild(ctx context.Context, role string, config any, log io.Writer) (*child, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("writing the configuration of a %s: %w", role, err)
	}

	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the executable of this process: %w", err)
	}

	// Not ended by ctx: how a child ends is what is tested.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self) //nolint:gosec // the program itself
	cmd.Env = append(os.Environ(), roleVariable+"="+role, configVariable+"="+string(text))
	cmd.Stderr = log

	c := &child{cmd: cmd, ready: make(chan struct{}), told: make(chan string, 1), done: make(chan struct{})}

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
		defer close(c.done)

		lines := bufio.NewScanner(out)
		lines.Scan()

		close(c.ready)

		for lines.Scan() {
			select {
			case c.told <- lines.Text():
			default:
			}
		}

		_ = cmd.Wait() // how it ended is seen in its log and in what it did
	}()

	return c, nil
}

// signal sends a signal; a child that has ended does not mind.
func (c *child) signal(s syscall.Signal) { _ = c.cmd.Process.Signal(s) }

func (c *child) kill() {
	c.signal(syscall.SIGKILL)
	<-c.done
}

// order gives an order; a child that has ended does not mind.
func (c *child) order(line string) { _, _ = io.WriteString(c.orders, line+"\n") }
