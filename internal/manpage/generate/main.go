// Command generate writes the man pages anew: go generate ./internal/manpage
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/manpage"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate DIR")
	}

	for _, program := range devcli.Programs() {
		model, err := program.Model()
		if err != nil {
			return err
		}

		page := []byte(manpage.Page(model))
		if err := os.WriteFile(filepath.Join(args[0], program.Name+".1"), page, 0o600); err != nil {
			return err
		}
	}

	return nil
}
