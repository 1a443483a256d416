// Command worker: see worker --help.
package main

import "enroll.example/clicktopay/internal/cli"

func main() { cli.Main(&cli.Worker{}, "worker", cli.WorkerDescription) }
