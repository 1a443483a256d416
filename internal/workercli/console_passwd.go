package workercli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/settings"
)

// ConsolePasswd is worker console passwd.
type ConsolePasswd struct {
	Name string      `arg:"" name:"NAME" help:"Name of the user."`
	Role access.Role `default:"viewer" enum:"viewer,operator" help:"What the user may do: viewer or operator."`
}

var errDiffer = errors.New("the two passwords differ; nothing was made")

// Run reads a password and prints the line.
func (c *ConsolePasswd) Run(_ context.Context, streams cli.Streams) error {
	if err := access.CheckName(c.Name); err != nil {
		return settings.Faultf("NAME: %v", err)
	}

	password, err := readPassword(streams)
	if err != nil {
		return err
	}
	defer clear(password)

	entry, err := access.Entry(c.Name, c.Role, password, access.Cost)
	if err != nil {
		return err
	}

	_, err = fmt.Fprintln(streams.Out, entry)

	return err
}

// readPassword reads a password twice from a terminal, without showing it, or once from a pipe.
func readPassword(streams cli.Streams) ([]byte, error) {
	file, isFile := streams.In.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return lineOf(streams.In)
	}

	first, err := typed(streams.Err, file, "Password: ")
	if err != nil {
		return nil, err
	}

	again, err := typed(streams.Err, file, "The same again: ")
	defer clear(again)

	if err == nil && !bytes.Equal(first, again) {
		err = errDiffer
	}

	return first, err
}

func typed(w io.Writer, terminal *os.File, prompt string) ([]byte, error) {
	fmt.Fprint(w, prompt)

	text, err := term.ReadPassword(int(terminal.Fd()))

	fmt.Fprintln(w)

	if err != nil {
		return nil, fmt.Errorf("reading the password: %w", err)
	}

	return text, nil
}

func lineOf(r io.Reader) ([]byte, error) {
	const most = 4 << 10

	line, err := bufio.NewReader(io.LimitReader(r, most)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the password: %w", err)
	}

	return bytes.TrimRight(line, "\r\n"), nil
}
