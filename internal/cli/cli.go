// Package cli holds the commands: what they are called, what they take, and the
// wiring of the parts that do the work.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/nats-io/nats.go"

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

// ErrFound ends a check that did what it should, and found something wrong.
var ErrFound = errors.New("something is wrong")

// Run parses the arguments, runs the command of the grammar that they name, and
// returns its exit code. The end of the context, and the first SIGINT or SIGTERM,
// ask the command to end in good order; a second signal ends the process, and a
// line says so.
func Run(ctx context.Context, grammar any, name, description string, args []string, streams Streams) (code int) {
	ctx, stop := interruptible(ctx, name, streams.Err, os.Exit)
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
		streams.Notef("%s: %v", name, err)
		return exitFailed
	}

	defer func() {
		switch ended := recover().(type) {
		case nil:
		case exit:
			code = int(ended)
		default: // the value may hold anything, so only its type is told
			streams.Notef("%s: panicked with a value of type %T; please report this:\n%s", name, ended, debug.Stack())
			code = exitFailed
		}
	}()

	if err := moved(name, args); err != nil {
		return report(streams, name, err)
	}

	command, err := parser.Parse(args)
	if err != nil {
		text, command := misused(name, err)
		streams.Notef("%s: %s\ntry: %s --help", name, text, command)

		return exitUsage
	}

	if err := mistyped(command); err != nil {
		return report(streams, name, err)
	}

	for _, note := range unknownVariables(os.Environ()) {
		streams.Notef("%s: %s", name, note)
	}

	return report(streams, name, command.Run())
}

const helpWidth = 100

// exit carries kong's wish to end the process.
type exit int

func report(streams Streams, name string, err error) int {
	var (
		fault *settings.UsageError
		parse *kong.ParseError
	)

	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected), errors.Is(err, ErrFound):
		return exitRejected
	case errors.Is(err, errMoved), errors.Is(err, errOfWorker):
		streams.Notef("%s: %v", name, err)
		return exitUsage
	case errors.As(err, &fault), errors.As(err, &parse):
		streams.Notef("%s: %s", name, wrongSettings(err.Error()))
		return exitUsage
	case errors.Is(err, nats.ErrNoResponders):
		streams.Notef("%s: %v\n%s", name, err, noJetStream)
		return exitFailed
	default:
		streams.Notef("%s: %v", name, err)
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
