package stack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// look finds out about a process from /proc: PID/stat begins "PID (NAME) STATE", where Z is a zombie, and a Postgres server
// stands in its data directory.
func look(pid int, data string) found {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return gone
	}

	_, rest, ok := bytes.Cut(b, []byte(" ("))
	end := bytes.LastIndexByte(rest, ')') // the name may hold any character

	if !ok || end < 0 || end+2 >= len(rest) || string(rest[:end]) != "postgres" || rest[end+2] == 'Z' {
		return stranger
	}

	stands, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return running // it may not be looked at: believe the file
	}

	if want, err := filepath.EvalSymlinks(data); err == nil && stands != want {
		return stranger
	}

	return running
}
