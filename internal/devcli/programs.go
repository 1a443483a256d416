// Package devcli holds the commands of the programs for development: the demo, its keys and the sandbox. They link servers and
// the double of the API; the programs of internal/cli, which run in production, link neither.
package devcli

import "enroll.example/clicktopay/internal/cli"

// What the programs do, for their help and their man pages.
const (
	DemoDescription    = "The whole enrollment system on one machine, against the sandbox."
	SandboxDescription = "A strict double of Mastercard's Click to Pay enrollment API."
)

// Programs are all programs, those of production and those for development.
func Programs() []cli.Program {
	return append(cli.Programs(),
		cli.Program{Name: "demo", Description: DemoDescription, Grammar: &Demo{}},
		cli.Program{Name: "sandbox", Description: SandboxDescription, Grammar: &Sandbox{}},
	)
}
