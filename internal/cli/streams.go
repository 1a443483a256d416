package cli

import (
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/outstream"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// note tells people what a command waits for.
func (s Streams) note(text string) { fmt.Fprintln(s.Err, text) }

// warn tells people what is wrong and ends nothing. A bar may be in the line.
func (s Streams) warn(text string) { fmt.Fprintln(s.Err, "\nwarning: "+text) }

// besides are the streams for what a command says beside what it writes to a path: where that is standard output, the words go
// to the other one.
func (s Streams) besides(path string) Streams {
	if outstream.IsStdout(path) {
		s.Out = s.Err
	}

	return s
}

// dash stands for standard output where a flag names an output.
const dash = "-"

// outputPath is the path that a flag for an output means.
func outputPath(flag string) string {
	if flag == dash {
		return "/dev/stdout"
	}

	return flag
}
