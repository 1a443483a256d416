package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// orphanWait is how long a server whose parent was killed may take to end.
const orphanWait = 10 * time.Second

// found is what is behind the process number in a pid file.
type found int

const (
	gone     found = iota // no such process
	stranger              // one that is dead and not yet reaped, or is no Postgres, or a Postgres of another directory
	running               // the server
)

// clearStale deals with the postmaster.pid that a killed server leaves. Postgres takes it over by itself when its process is
// gone, but refuses to start when a process of that number is there, and in a container one often is: the dead server
// itself, which a PID 1 that reaps nobody leaves as a zombie for ever, or an unrelated process that got the number.
//
// Such a file is not removed, because Postgres also reads from it which shared memory to look at for backends that outlived
// their server. Instead this process's number is put in: Postgres knows that its own parent is no other server.
//
// The caller holds the directory's lock, so a server that still runs here has lost its parent and is about to end.
func (c *cluster) clearStale(ctx context.Context) error {
	path := filepath.Join(c.data(), "postmaster.pid")
	deadline := time.Now().Add(orphanWait)

	for {
		pid, rest, err := readPIDFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}

		if err != nil {
			return fmt.Errorf("looking for an earlier server: %w", err)
		}

		switch look(pid, c.data()) {
		case gone:
			return nil
		case stranger:
			if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n%s", os.Getpid(), rest), 0o600); err != nil {
				return fmt.Errorf("taking over from a server that was killed: %w", err)
			}

			return nil
		case running:
		}

		if time.Now().After(deadline) {
			return fmt.Errorf("a Postgres server whose parent has gone already runs on it: end it with: kill -INT %d", pid)
		}

		timer := time.NewTimer(lockPoll)
		select {
		case <-ctx.Done():
			timer.Stop()

			return fmt.Errorf("waiting for an earlier server, process %d, to end: %w", pid, context.Cause(ctx))
		case <-timer.C:
		}
	}
}

// readPIDFile reads a postmaster.pid: the server's process number on the first line, and the rest.
func readPIDFile(path string) (pid int, rest []byte, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, nil, err
	}

	first, rest, _ := bytes.Cut(b, []byte("\n"))

	pid, err = strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil || pid <= 0 {
		return 0, nil, fmt.Errorf("%s holds no process number: if no Postgres runs on that directory, remove this file", path)
	}

	return pid, rest, nil
}
