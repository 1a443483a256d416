package cli

import (
	"encoding/json"
	"io"
	"strings"

	"enroll.example/clicktopay/internal/layout"
)

// ForPrograms is the flag of the commands whose output can be read by a program. What they say to people goes to standard
// error then.
type ForPrograms struct {
	JSON bool `name:"json" help:"Print JSON for programs."`
}

// Said are the streams for what a command says to people.
func (p ForPrograms) Said(streams Streams) Streams {
	if p.JSON {
		streams.Out = streams.Err
	}

	return streams
}

// Print prints a value if a program reads the output.
func (p ForPrograms) Print(streams Streams, value any) error {
	if !p.JSON {
		return nil
	}

	return writeJSON(streams.Out, value)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")

	return encoder.Encode(value)
}

// Fitted writes a text that is made for a width, and wrapped at it.
func Fitted(w io.Writer, write func(w io.Writer, width int)) error {
	var text strings.Builder

	width := layout.Width(w)
	write(&text, width)

	_, err := io.WriteString(w, layout.Wrap(text.String(), width))

	return err
}

// OrDash writes a dash for a cell that is empty.
func OrDash(s string) string {
	if s == "" {
		return "-"
	}

	return s
}
