package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/pan"
)

// mostTyped is more than a number with blanks between its digits.
const mostTyped = 100

// readNumber reads a card number from the terminal, where it is not shown, or else from standard input. No error repeats it.
func readNumber(ctx context.Context, streams cli.Streams) (pan.Number, error) {
	typed, err := read(ctx, streams)
	if err != nil {
		return pan.Number{}, err
	}

	digits := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(typed))
	if digits == "" {
		return pan.Number{}, errNoNumber
	}

	number, err := pan.Parse(digits)
	if err != nil {
		return pan.Number{}, fmt.Errorf("the card number: %w", err)
	}

	return number, nil
}

func read(ctx context.Context, streams cli.Streams) (string, error) {
	if file, ok := streams.In.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprint(streams.Err, "card number (it is not shown): ")
		defer fmt.Fprintln(streams.Err)

		return typedHidden(ctx, file)
	}

	text, err := io.ReadAll(io.LimitReader(streams.In, mostTyped))
	if err != nil {
		return "", fmt.Errorf("reading standard input: %w", err)
	}

	line, _, _ := strings.Cut(string(text), "\n")

	return line, nil
}

var errNotTyped = errors.New("interrupted; no card was looked for")

// typedHidden reads a line of a terminal that does not show it. An interrupted command does not leave the terminal like that.
func typedHidden(ctx context.Context, terminal *os.File) (string, error) {
	fd := int(terminal.Fd())

	state, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking how the terminal is set: %w", err)
	}

	type line struct {
		text string
		err  error
	}

	read := make(chan line, 1)

	// A read of a terminal cannot be ended: when the command is interrupted, it ends with the process, which is at once.
	go func() {
		var typed line

		typed.err = guard.Do(func() error {
			text, err := term.ReadPassword(fd)
			typed.text = string(text)

			return err
		})
		read <- typed
	}()

	select {
	case typed := <-read:
		if typed.err != nil && !errors.Is(typed.err, io.EOF) {
			return "", fmt.Errorf("reading the terminal: %w", typed.err)
		}

		return typed.text, nil
	case <-ctx.Done():
		return "", errors.Join(errNotTyped, term.Restore(fd, state))
	}
}
