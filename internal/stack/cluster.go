package stack

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// superuser is the one user of an embedded cluster.
const superuser = "postgres"

// cluster is a directory with a Postgres data directory in it, and the programs that work on it:
//
//	data/         the data directory, owned by the identity that Postgres runs as
//	password      of the superuser
//	postgres.log  what the server wrote
//	lock          held while a process of ours uses the directory
type cluster struct {
	dir      string
	bin      string
	durable  bool
	identity identity
	password string
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }
func (c *cluster) log() string  { return filepath.Join(c.dir, "postgres.log") }

// command is a Postgres program run as the cluster's identity, in a directory that this identity can stand in.
func (c *cluster) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir = dir
	cmd.Env = postgresEnv(dir)

	return cmd
}

// postgresEnv is this process's environment without what would change Postgres' mind (PGDATA, PGPORT and so on).
func postgresEnv(home string) []string {
	var env []string

	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "HOME=") {
			env = append(env, v)
		}
	}

	return append(env, "LC_ALL=C", "HOME="+home)
}

// prepare makes the data directory when there is none, and finds out as whom Postgres has to run.
func (c *cluster) prepare(ctx context.Context) error {
	info, err := os.Stat(c.data())

	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.create(ctx)
	case err != nil:
		return fmt.Errorf("looking for a Postgres data directory: %w", err)
	}

	password, err := os.ReadFile(c.passwordFile())
	if err != nil {
		return fmt.Errorf("reading the password of the Postgres data kept in %s: %w; choose another directory, or remove this one",
			c.dir, err)
	}

	c.password = string(password)
	c.identity = ownerIdentity(info)

	return nil
}

func (c *cluster) passwordFile() string { return filepath.Join(c.dir, "password") }

// ownerIdentity is who ran Postgres on an existing data directory: its owner. Root's can only come from a user namespace.
func ownerIdentity(data fs.FileInfo) identity {
	owner, ok := data.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return identity{}
	}

	if owner.Uid == 0 {
		return identity{kind: namespace}
	}

	return identity{kind: other, uid: int(owner.Uid), gid: int(owner.Gid)}
}

// create runs initdb beside the data directory's place and moves the result there, so that what is there is always whole.
func (c *cluster) create(ctx context.Context) (err error) {
	aside := filepath.Join(c.dir, "data.new")
	if err := os.RemoveAll(aside); err != nil { // of a start that was killed
		return fmt.Errorf("removing a half-made data directory: %w", err)
	}

	if err := os.Mkdir(aside, 0o700); err != nil {
		return fmt.Errorf("creating the Postgres data directory: %w", err)
	}

	defer func() {
		if err != nil {
			_ = os.RemoveAll(aside)
		}
	}()

	if c.identity, err = chooseIdentity(ctx, c.bin, aside); err != nil {
		return err
	}

	c.password = rand.Text()
	if err := c.initdb(ctx, aside); err != nil {
		return err
	}

	if err := os.WriteFile(c.passwordFile(), []byte(c.password), 0o600); err != nil {
		return fmt.Errorf("keeping the Postgres password: %w", err)
	}

	if err := os.Rename(aside, c.data()); err != nil {
		return fmt.Errorf("putting the Postgres data directory in place: %w", err)
	}

	return nil
}

// initdb fills an empty directory. Passwords are asked for even on loopback: with "trust" every local user would be let in.
func (c *cluster) initdb(ctx context.Context, data string) error {
	pwfile := filepath.Join(c.dir, "initdb.password") // initdb may run as another user than the one who reads passwordFile
	if err := os.WriteFile(pwfile, []byte(c.password), 0o600); err != nil {
		return fmt.Errorf("writing the password for initdb: %w", err)
	}
	defer func() { _ = os.Remove(pwfile) }()

	if err := c.identity.own(pwfile); err != nil {
		return fmt.Errorf("writing the password for initdb: %w", err)
	}

	args := []string{"-D", data, "-U", superuser, "-A", "scram-sha-256", "--pwfile", pwfile, "-E", "UTF8", "--locale=C"}
	if !c.durable {
		args = append(args, "--no-sync")
	}

	var out bytes.Buffer

	cmd := c.command(ctx, data, "initdb", args...)
	cmd.Stdout, cmd.Stderr = &out, &out // not files: so Wait waits for initdb's children too, who hold the same pipe
	cmd.SysProcAttr = c.identity.attributes(syscall.SIGKILL)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second

	if err := runProcess(cmd); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("initdb: %w", context.Cause(ctx))
		}

		return fmt.Errorf("initdb in %s: %w%s", data, err, quoted(lastLines(out.String())))
	}

	return nil
}
