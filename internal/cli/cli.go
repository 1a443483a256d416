// Package cli holds the commands: what they are called, what they take, and the
// wiring of the parts that do the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/address"
	"enroll.example/clicktopay/internal/settings"
)

// Exit codes, part of the public contract.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3
)

// errRejected ends a command that did what it should and found rows that it had to reject.
var errRejected = errors.New("some rows were rejected")

// Run parses the arguments, runs the command of the grammar that they name, and
// returns its exit code. The first SIGINT or SIGTERM asks the command to end in
// good order, a second one ends the process, and a line says so.
func Run(grammar any, name, description string, args []string, streams Streams) (code int) {
	ctx, stop := interruptible(name, streams.Err, os.Exit)
	defer stop()

	parser, err := kong.New(grammar, append(grammarOptions(name, description),
		kong.Writers(streams.Out, streams.Err),
		kong.UsageOnError(),
		kong.Exit(func(code int) { panic(exit(code)) }), // after --help; caught below
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: helpWidth}),
	)...)
	if err != nil {
		_, _ = fmt.Fprintf(streams.Err, "%s: %v\n", name, err)
		return exitFailed
	}

	defer func() {
		switch ended := recover().(type) {
		case nil:
		case exit:
			code = int(ended)
		default: // the value may hold anything, so only its type is told
			_, _ = fmt.Fprintf(streams.Err, "%s: panicked with a value of type %T; please report this:\n%s", name, ended, debug.Stack())
			code = exitFailed
		}
	}()

	if err := moved(name, args); err != nil {
		return report(streams.Err, name, err)
	}

	command, err := parser.Parse(args)
	if err != nil {
		text, command := misused(name, err)
		_, _ = fmt.Fprintf(streams.Err, "%s: %s\ntry: %s --help\n", name, address.Mask(text), command)

		return exitUsage
	}

	if err := mistyped(command); err != nil {
		return report(streams.Err, name, err)
	}

	notes, err := unknownVariables(os.Environ())
	if err != nil {
		return report(streams.Err, name, err)
	}

	for _, note := range notes {
		_, _ = fmt.Fprintf(streams.Err, "%s: %s\n", name, note)
	}

	return report(streams.Err, name, command.Run())
}

const helpWidth = 100

// exit carries kong's wish to end the process.
type exit int

func report(w io.Writer, name string, err error) int {
	var (
		fault *settings.UsageError
		parse *kong.ParseError
	)

	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected):
		return exitRejected
	case errors.Is(err, errMoved):
		_, _ = fmt.Fprintf(w, "%s: %v\n", name, err)
		return exitUsage
	case errors.As(err, &fault), errors.As(err, &parse):
		_, _ = fmt.Fprintf(w, "%s: %s\n", name, address.Mask(wrongSettings(err.Error())))
		return exitUsage
	case errors.Is(err, nats.ErrNoResponders):
		_, _ = fmt.Fprintf(w, "%s: %s\n%s\n", name, address.Mask(err.Error()), noJetStream)
		return exitFailed
	default:
		_, _ = fmt.Fprintf(w, "%s: %s\n", name, address.Mask(err.Error()))
		return exitFailed
	}
}

// firstMissing is the first flag that a text says is missing.
var firstMissing = regexp.MustCompile(`(?m)^--([a-z-]+): is missing$`)

// wrongSettings are the faults of settings, one a line.
func wrongSettings(faults string) string {
	if found := firstMissing.FindStringSubmatch(faults); found != nil {
		faults += fmt.Sprintf("\n(flags can be given as environment variables, too: --%s is ENROLL_%s)",
			found[1], strings.ToUpper(strings.ReplaceAll(found[1], "-", "_")))
	}

	if strings.Contains(faults, "\n--") {
		return "wrong settings:\n" + faults
	}

	return faults
}

// noJetStream says what it means that a NATS server has nobody who answers requests to JetStream.
const noJetStream = "no JetStream answers at the server of --nats-url or ENROLL_NATS_URL: " +
	"is it enabled there, and for the user's account?"
