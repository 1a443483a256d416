// Command submit: see submit --help.
package main

import (
	"context"
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(context.Background(), &cli.Submit{}, "submit", cli.SubmitDescription, os.Args[1:], streams))
}
