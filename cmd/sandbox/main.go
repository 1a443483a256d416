// Command sandbox: see sandbox --help.
package main

import (
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
)

func main() { cli.Main(&devcli.Sandbox{}, "sandbox", devcli.SandboxDescription) }
