package cli

import (
	"io"

	"github.com/alecthomas/kong"

	"enroll.example/clicktopay/internal/completion"
)

// Completion is completion SHELL, which every program has.
type Completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script for the shell.
func (c *Completion) Run(command *kong.Context, streams Streams) error {
	scripts := map[string]func(*kong.Application) string{
		"bash": completion.Bash, "zsh": completion.Zsh, "fish": completion.Fish,
	}

	_, err := io.WriteString(streams.Out, scripts[c.Shell](command.Model))

	return err
}
