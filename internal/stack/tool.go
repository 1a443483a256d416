package stack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// runTool runs a program of the system and returns what it printed on standard output. The error holds the end of what it printed
// on standard error. When ctx ends, the program and its children are asked to end.
func runTool(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	var out, errs bytes.Buffer

	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = identity{kind: same}.attributes(syscall.SIGTERM)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second

	if err := runProcess(cmd); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}

		return "", fmt.Errorf("%s: %w%s", name, err, quoted(lastLines(errs.String())))
	}

	return out.String(), nil
}
