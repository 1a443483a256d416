package stack

import (
	"io"
	"os"
	"strings"
)

const (
	tailBytes = 4096
	tailLines = 12
)

// logTail is the end of a log file, from a position on.
func logTail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()

	if info, err := f.Stat(); err == nil && info.Size()-from > tailBytes {
		from = info.Size() - tailBytes
	}

	b, err := io.ReadAll(io.NewSectionReader(f, from, tailBytes))
	if err != nil {
		return ""
	}

	return lastLines(string(b))
}

// lastLines are the last few lines of a program's output.
func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}

	return strings.Join(lines, "\n")
}

// quoted sets a program's output off from the error text that it follows.
func quoted(output string) string {
	if output == "" {
		return ""
	}

	return "\n  | " + strings.ReplaceAll(output, "\n", "\n  | ")
}
