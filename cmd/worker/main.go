// Command worker: see worker --help.
package main

import (
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(&cli.Worker{}, "worker", cli.WorkerDescription, os.Args[1:], streams))
}
