// Package devcli holds the commands of the programs for development: the demo, its keys and the sandbox. They link servers and
// the double of the API; the programs that run in production, of internal/cli and internal/workercli, link neither.
package devcli

import (
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/workercli"
)

// What the programs do, for their help and their man pages.
const (
	DemoDescription    = "The whole enrollment system on one machine, against the sandbox."
	SandboxDescription = "A strict double of Mastercard's Click to Pay enrollment API."
)

// Programs are all programs, those of production and those for development.
func Programs() []cli.Program {
	return []cli.Program{
		{Name: "worker", Description: workercli.Description, Grammar: &workercli.Worker{}},
		{Name: "submit", Description: cli.SubmitDescription, Grammar: &cli.Submit{}},
		{Name: "demo", Description: DemoDescription, Grammar: &Demo{}},
		{Name: "sandbox", Description: SandboxDescription, Grammar: &Sandbox{}},
	}
}
