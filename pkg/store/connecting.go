package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrConnecting is what an error is, too, when no connection to the database could be made: its address or its rights are to
// be looked at.
var ErrConnecting = errors.New("connecting to the database")

// Connecting says of an error of connecting by pgx what was being done, and each cause once, as Open does.
func Connecting(err error) error { return connecting(err) }

func connecting(err error) error { return fmt.Errorf("%w: %w", ErrConnecting, explain(err)) }

// failedToConnect is connecting for an error that may have another cause, of which it leaves the others as they are.
func failedToConnect(err error) error {
	connect, ok := errors.AsType[*pgconn.ConnectError](err)
	if !ok || errors.Is(err, ErrConnecting) {
		return err
	}

	return connecting(connect)
}

// causesOnce takes out what the driver says again, in one line: it tries each address with TLS and without.
func causesOnce(text string) string {
	var (
		said   []string
		before string
	)

	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Contains(before, line) {
			continue
		}

		said = append(said, line)
		before += line + "\n"
	}

	first, rest := "", said
	if len(said) > 0 && strings.HasSuffix(said[0], ":") {
		first, rest = said[0]+" ", said[1:]
	}

	return first + strings.Join(rest, "; ")
}
