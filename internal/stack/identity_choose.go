package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// chooseIdentity finds an identity that Postgres agrees to run as, that can use the empty directory data, and that can run
// the binaries. It makes data belong to it. Trying is the only sound test: the way to a directory can be closed by the mode of
// any parent, by an access list or by a mount, and user namespaces by the kernel or a container's seccomp profile.
func chooseIdentity(ctx context.Context, bin, data string) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{kind: same}, nil
	}

	candidates := []identity{systemUser()}
	if namespaces {
		candidates = append(candidates, identity{kind: namespace})
	}

	var failed []error

	for _, id := range candidates {
		err := id.try(ctx, bin, data)
		if err == nil {
			return id, nil
		}

		if ctx.Err() != nil {
			return identity{}, fmt.Errorf("trying to run Postgres: %w", context.Cause(ctx))
		}

		failed = append(failed, fmt.Errorf("as %s: %w", id, err))
	}

	return identity{}, fmt.Errorf("Postgres refuses to run as root, and no other user can run %s in %s: choose a directory "+
		"that every user can enter (not below /root), or start as an ordinary user\n%w", bin, data, errors.Join(failed...))
}

// try runs the server binary far enough to print its version, standing in the data directory.
func (id identity) try(ctx context.Context, bin, data string) error {
	if err := id.own(data); err != nil {
		return err
	}

	var out bytes.Buffer

	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "-V")
	cmd.Dir = data
	cmd.Env = postgresEnv(data)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = id.attributes(syscall.SIGKILL)

	if err := runProcess(cmd); err != nil {
		return fmt.Errorf("%w%s", err, quoted(lastLines(out.String())))
	}

	return nil
}
