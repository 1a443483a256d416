package child

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// endsWithin is how long a child may take to end when it is told to.
const endsWithin = 30 * time.Second

// Process is a child, as its parent sees it.
type Process struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	text  string
}

// Start starts a child and returns when it is ready. The child is killed when ctx ends.
func Start(ctx context.Context, role string, config any, stderr io.Writer) (*Process, error) {
	p := &Process{name: role, lines: make(chan string, 4)}

	if err := p.launch(ctx, config, stderr); err != nil {
		return nil, fmt.Errorf("starting %s: %w", role, err)
	}

	text, err := p.await(ctx, wordReady)
	if err != nil {
		return nil, errors.Join(err, p.End())
	}

	p.text = text

	return p, nil
}

func (p *Process) launch(ctx context.Context, config any, stderr io.Writer) error {
	text, err := json.Marshal(config)
	if err != nil {
		return fmt.Errorf("writing its configuration: %w", err)
	}

	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}

	p.cmd = exec.CommandContext(ctx, self) //nolint:gosec // this program itself
	p.cmd.Env = append(os.Environ(), roleVariable+"="+p.name, configVariable+"="+string(text))
	p.cmd.Stderr = stderr

	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}

	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}

	if err := p.cmd.Start(); err != nil {
		return err
	}

	go func() { // ends with the child's output; End waits for it
		defer close(p.lines)

		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()

	return nil
}

// Text is what the child told when it was ready.
func (p *Process) Text() string { return p.text }

// PID is the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Go lets the child begin.
func (p *Process) Go() error {
	if _, err := io.WriteString(p.in, wordGo+"\n"); err != nil {
		return fmt.Errorf("letting %s begin: %w", p.name, err)
	}

	return nil
}

// AwaitDone waits until the child's work is done.
func (p *Process) AwaitDone(ctx context.Context) error {
	_, err := p.await(ctx, wordDone)

	return err
}

// End tells the child to end and waits until it has ended.
func (p *Process) End() error {
	_ = p.in.Close()

	overdue := time.AfterFunc(endsWithin, func() { _ = p.cmd.Process.Kill() })
	defer overdue.Stop()

	for range p.lines {
		continue // Wait may be called only when all output is read
	}

	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}

	return nil
}

func (p *Process) await(ctx context.Context, want string) (string, error) {
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("waiting for %s to be %s: %w", p.name, want, context.Cause(ctx))
	case line, open := <-p.lines:
		if !open {
			return "", fmt.Errorf("%s ended before it was %s", p.name, want)
		}

		word, text, _ := strings.Cut(line, " ")
		if word != want {
			return "", fmt.Errorf("waiting for %s to be %s: it says %q", p.name, want, line)
		}

		return text, nil
	}
}
