// Command worker: see worker --help.
package main

import (
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/workercli"
)

func main() { cli.Main(&workercli.Worker{}, "worker", workercli.Description) }
