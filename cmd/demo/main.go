// Command demo: see demo --help.
package main

import (
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
)

func main() { cli.Main(&devcli.Demo{}, "demo", devcli.DemoDescription) }
