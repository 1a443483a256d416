package cli

import (
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/outstream"
	"enroll.example/clicktopay/internal/settings"
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// note tells people what has failed, what is not as it should be, or what a command waits for. It prints no password of an
// address and no card number, whatever the text repeats.
func (s Streams) note(text string) { fmt.Fprintln(s.Err, settings.Masked(text)) }

// Notef is note with a format.
func (s Streams) Notef(format string, args ...any) { s.note(fmt.Sprintf(format, args...)) }

// warn tells people what is wrong and ends nothing. A bar may be in the line.
func (s Streams) warn(text string) { s.note("\nwarning: " + text) }

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
