// Command demo: see demo --help.
package main

import (
	"context"
	"os"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
)

func main() {
	streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(cli.Run(context.Background(), &devcli.Demo{}, "demo", devcli.DemoDescription, os.Args[1:], streams))
}
