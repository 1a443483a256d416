// Command submit: see submit --help.
package main

import (
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(&cli.Submit{}, "submit", "Sends files of cards to the Click to Pay enrollment queue.", os.Args[1:], streams))
}
