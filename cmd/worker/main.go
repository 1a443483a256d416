// Command worker: see worker --help.
package main

import (
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(&cli.Worker{}, "worker", "Workers of the Click to Pay enrollment queue.", os.Args[1:], streams))
}
