// Command worker: see worker --help.
package main

import (
	"context"
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(context.Background(), &cli.Worker{}, "worker", cli.WorkerDescription, os.Args[1:], streams))
}
