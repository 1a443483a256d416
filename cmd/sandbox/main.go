// Command sandbox: see sandbox --help.
package main

import (
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(&cli.Sandbox{}, "sandbox", "A strict double of Mastercard's Click to Pay enrollment API.", os.Args[1:], streams))
}
