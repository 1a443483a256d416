package cli

import (
	"context"
	"log/slog"
	"os"
	"regexp"

	"enroll.example/clicktopay/internal/settings"
)

// Main is the whole of a program: it runs the command that the process' arguments name, and ends the process with its exit code.
func Main(grammar any, name, description string) {
	streams := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}

	// Where libraries log that have no logger of ours. Package log writes there, too.
	slog.SetDefault(slog.New(slog.NewTextHandler(streams.Err, &slog.HandlerOptions{ReplaceAttr: unquoted})))

	os.Exit(Run(context.Background(), grammar, name, description, os.Args[1:], streams))
}

// quotation is a text in Go's double quotes, or the begin of one.
var quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// unquoted takes out of what a library logs all that it quotes: net/http quotes what a server has sent without being asked, which
// could be the card number of the job before, in whatever form.
func unquoted(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey || attr.Key == slog.LevelKey {
		return attr
	}

	said := quotation.ReplaceAllLiteralString(attr.Value.String(), "(a text that is left out)")

	return slog.String(attr.Key, settings.Masked(said))
}
