// Command sandbox: see sandbox --help.
package main

import (
	"os"

	"enroll.example/clicktopay/internal/cli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(&cli.Sandbox{}, "sandbox", cli.SandboxDescription, os.Args[1:], streams))
}
