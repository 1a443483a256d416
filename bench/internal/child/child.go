// Package child runs the parts of a measurement as processes of their own, so that the processor time of each can be told.
//
// A child is this same program, told by its environment what it is. It says "ready" when it is prepared, begins when it reads
// "go", says "done" when its work is done, and ends when its standard input is closed, so also when its parent is killed.
package child

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	roleVariable   = "ENROLL_BENCH_ROLE"
	configVariable = "ENROLL_BENCH_CONFIG"

	wordReady = "ready"
	wordGo    = "go"
	wordDone  = "done"
)

// Role is what a child does, with its configuration in JSON.
type Role func(ctx context.Context, config []byte, parent *Parent) error

// Main plays the role that the environment names. It reports whether there was one.
func Main(ctx context.Context, roles map[string]Role) (was bool, err error) {
	name, was := os.LookupEnv(roleVariable)
	if !was {
		return false, nil
	}

	role, known := roles[name]
	if !known {
		return true, fmt.Errorf("%s: there is no role %q", roleVariable, name)
	}

	parent := &Parent{in: bufio.NewReader(os.Stdin), out: os.Stdout}
	if err := role(ctx, []byte(os.Getenv(configVariable)), parent); err != nil {
		return true, fmt.Errorf("%s: %w", name, err)
	}

	return true, nil
}

// Parent is how a child speaks with the process that started it.
type Parent struct {
	in  *bufio.Reader
	out io.Writer
}

// Ready tells that the child is prepared. The text is for its parent, such as an address.
func (p *Parent) Ready(text string) error { return p.say(wordReady + " " + text) }

// AwaitGo waits until the child may begin.
func (p *Parent) AwaitGo() error {
	line, err := p.in.ReadString('\n')
	if err != nil {
		return fmt.Errorf("waiting for the word to begin: %w", err)
	}

	if word := strings.TrimSpace(line); word != wordGo {
		return fmt.Errorf("waiting for the word to begin: %q came", word)
	}

	return nil
}

// Done tells that the work is done.
func (p *Parent) Done() error { return p.say(wordDone) }

// AwaitEnd waits until the child may end.
func (p *Parent) AwaitEnd() error {
	_, err := io.Copy(io.Discard, p.in)
	if errors.Is(err, os.ErrClosed) {
		return nil
	}

	return err
}

func (p *Parent) say(line string) error {
	if _, err := io.WriteString(p.out, line+"\n"); err != nil {
		return fmt.Errorf("telling the parent %q: %w", line, err)
	}

	return nil
}
