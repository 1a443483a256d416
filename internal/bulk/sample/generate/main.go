// Command generate writes the sample file anew: go generate ./internal/bulk/sample
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"enroll.example/clicktopay/internal/bulk/sample"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate FILE")
	}

	var file bytes.Buffer
	if err := sample.Write(&file, sample.Seed); err != nil {
		return err
	}

	return os.WriteFile(args[0], file.Bytes(), 0o600)
}
