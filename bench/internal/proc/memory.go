package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// PeakMemory is the most memory that a running process has had resident, in bytes.
func PeakMemory(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)

	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("reading a process' memory: %w", err)
	}

	for line := range strings.Lines(string(text)) {
		value, found := strings.CutPrefix(line, "VmHWM:")
		if !found {
			continue
		}

		kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: VmHWM: %w", path, err)
		}

		return kilobytes << 10, nil
	}

	return 0, fmt.Errorf("%s has no VmHWM", path)
}
