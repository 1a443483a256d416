// Package proc reads from Linux' /proc what processes have used.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every platform that Go runs on.
const tick = time.Second / 100

// Fields of /proc/PID/stat behind the command's name, counted from 0.
const (
	fieldParent         = 1
	fieldUser           = 11
	fieldSystem         = 12
	fieldChildrenUser   = 13
	fieldChildrenSystem = 14
	fieldsAtLeast       = 15
)

// ErrGone says that there is no such process.
var ErrGone = errors.New("the process has ended")

// status is one process' part of /proc/PID/stat.
type status struct {
	parent        int
	own, children time.Duration // children: those that have ended
}

// CPU is the processor time of one process, without its children.
func CPU(pid int) (time.Duration, error) {
	s, err := read(pid)

	return s.own, err
}

// TreeCPU is the processor time of a process and all its children, also of those that have ended.
func TreeCPU(root int) (time.Duration, error) {
	s, err := read(root)
	if err != nil {
		return 0, err
	}

	total := s.own + s.children

	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, fmt.Errorf("listing processes: %w", err)
	}

	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}

		if s, err := read(pid); err == nil && s.parent == root {
			total += s.own + s.children
		}
	}

	return total, nil
}

func read(pid int) (status, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)

	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return status{}, fmt.Errorf("%s: %w", path, ErrGone)
	}

	if err != nil {
		return status{}, fmt.Errorf("reading what a process has used: %w", err)
	}

	s, err := parse(text)
	if err != nil {
		return status{}, fmt.Errorf("%s: %w", path, err)
	}

	return s, nil
}

// parse skips the command's name, which may hold blanks and parentheses.
func parse(text []byte) (status, error) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < fieldsAtLeast {
		return status{}, fmt.Errorf("has %d fields behind the name, not %d or more", len(fields), fieldsAtLeast)
	}

	numbers := make([]int, fieldsAtLeast)

	for _, i := range []int{fieldParent, fieldUser, fieldSystem, fieldChildrenUser, fieldChildrenSystem} {
		var err error
		if numbers[i], err = strconv.Atoi(fields[i]); err != nil {
			return status{}, fmt.Errorf("field %d: %w", i, err)
		}
	}

	return status{
		parent:   numbers[fieldParent],
		own:      time.Duration(numbers[fieldUser]+numbers[fieldSystem]) * tick,
		children: time.Duration(numbers[fieldChildrenUser]+numbers[fieldChildrenSystem]) * tick,
	}, nil
}
