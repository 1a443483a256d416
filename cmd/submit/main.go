// Command submit: see submit --help.
package main

import "enroll.example/clicktopay/internal/cli"

func main() { cli.Main(&cli.Submit{}, "submit", cli.SubmitDescription) }
