// Command sandbox: see sandbox --help.
package main

import (
	"context"
	"os"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(context.Background(), &devcli.Sandbox{}, "sandbox", devcli.SandboxDescription, os.Args[1:], streams))
}
