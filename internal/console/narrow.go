package console

import (
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// narrowing is how a list is narrowed, as it was typed, and what is wrong with that.
type narrowing struct {
	Program, Since string
	Programs       []string // to choose from
	Faults         []string
}

// narrowing reads what a list is narrowed by.
func (v *visit) narrowing() (n narrowing, since time.Time) {
	n = narrowing{Program: v.query("program"), Since: v.query("since"), Programs: v.c.programs(v.r.Context())}
	since = n.moment("Since", n.Since, v.c.now())
	n.program(n.Program)

	return n, since
}

// moment reads a time by its name.
func (n *narrowing) moment(name, text string, now time.Time) time.Time {
	at, err := moment(text, now)
	if err != nil {
		n.Faults = append(n.Faults, name+" "+err.Error()+".")
	}

	return at
}

// program reads the name of a program; empty for all.
func (n *narrowing) program(name string) {
	if name != "" && !jobs.ValidProgram(name) {
		n.Faults = append(n.Faults, noProgram)
	}
}

// noProgram is what is wrong with the name of a program, which is not repeated.
const noProgram = "The program " + jobs.ProgramRule + "."
