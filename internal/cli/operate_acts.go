package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitActs is submit acts.
type SubmitActs struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Since   Moment `placeholder:"TIME" help:"Only acts since then: a date, a time or an age such as 24h or 21d."`
	Program string `help:"Only acts on this program. Those on all programs name none."`
	Limit   int    `default:"50" help:"How many to list."`
	JSON    bool   `name:"json" help:"Print JSON for programs."`
}

// mostActs bounds a list that is held in memory.
const mostActs = 10_000

// Run lists the acts.
func (c *SubmitActs) Run(ctx context.Context, streams Streams) error {
	faults := []error{CheckProgram(c.Program)}

	if c.Limit < 1 || c.Limit > mostActs {
		faults = append(faults, fmt.Errorf("--limit: %d must be 1 to %d", c.Limit, mostActs))
	}

	if err := settings.Faults(faults...); err != nil {
		return err
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	acts, err := ledger.OperatorActs(ctx, store.ActFilter{
		Since: c.Since.At, MaxAge: c.Since.Age, Program: c.Program, Limit: c.Limit,
	})
	if err != nil {
		return err
	}

	if c.JSON {
		return writeJSON(streams.Out, linesOfActs(acts))
	}

	return writeActs(streams.Out, acts)
}

// actLine is an act for programs.
type actLine struct {
	ID         int64            `json:"id"`
	At         time.Time        `json:"at"`
	Who        string           `json:"who"`
	As         string           `json:"as_name,omitempty"`
	Host       string           `json:"host"`
	Act        string           `json:"act"`
	Program    string           `json:"program,omitempty"`
	Scope      string           `json:"scope,omitempty"`
	Why        string           `json:"why,omitempty"`
	Status     store.ActStatus  `json:"status"`
	Result     string           `json:"result,omitempty"`
	Counts     map[string]int64 `json:"counts"`
	FinishedAt *time.Time       `json:"finished_at,omitempty"`
}

func linesOfActs(acts []store.OperatorAct) []actLine {
	lines := []actLine{}

	for _, a := range acts {
		line := actLine{
			ID: a.ID, At: a.At, Who: a.Who, As: a.AsName, Host: a.Host, Act: a.Act, Program: a.Program, Scope: a.Scope, Why: a.Why,
			Status: a.Status, Result: a.Result, Counts: a.Counts,
		}

		if !a.FinishedAt.IsZero() {
			line.FinishedAt = &a.FinishedAt
		}

		lines = append(lines, line)
	}

	return lines
}

// writeActs writes two lines an act: what and who, then why and what came of it.
func writeActs(w io.Writer, acts []store.OperatorAct) error {
	if len(acts) == 0 {
		_, err := fmt.Fprintln(w, "no acts")
		return err
	}

	header := []string{"AT", "ACT", "WHO", "ABOUT", "STATUS"}

	var rows [][]string

	for _, a := range acts {
		rows = append(rows, []string{stamp(a.At), a.Act, actorOf(a), OrDash(printable(aboutOf(a))), string(a.Status)})
	}

	return Fitted(w, func(w io.Writer, width int) {
		if !layout.Fits(width, header, rows) {
			writeActsNarrow(w, acts)
			return
		}

		lines := strings.SplitAfter(layout.Table(width, header, rows), "\n")
		fmt.Fprint(w, lines[0])

		for i, a := range acts {
			fmt.Fprint(w, lines[i+1], detailsOf(a))
		}
	})
}

// writeActsNarrow is for a terminal in which the columns do not fit.
func writeActsNarrow(w io.Writer, acts []store.OperatorAct) {
	for _, a := range acts {
		fmt.Fprintf(w, "%s %s %s: %s\n  by %s\n%s", stamp(a.At), a.Act, printable(aboutOf(a)), a.Status, actorOf(a), detailsOf(a))
	}
}

// detailsOf are the lines below an act.
func detailsOf(a store.OperatorAct) string {
	var b strings.Builder

	if a.Why != "" {
		fmt.Fprintf(&b, "  why: %s\n", printable(a.Why))
	}

	var counts []string
	for _, name := range slices.Sorted(maps.Keys(a.Counts)) {
		counts = append(counts, fmt.Sprintf("%s %d", printable(name), a.Counts[name]))
	}

	result := strings.Join(counts, ", ")
	if a.Result != "" {
		result = strings.TrimSuffix(printable(a.Result)+"; "+result, "; ")
	}

	if result != "" {
		fmt.Fprintf(&b, "  %s\n", result)
	}

	if a.Status == store.ActBegun {
		b.WriteString("  no end is kept: it goes on, or was killed\n")
	}

	return b.String()
}

// actorOf names who acted: the name that was given, and the user and host, which it cannot replace.
func actorOf(a store.OperatorAct) string {
	machine := printable(a.Who + "@" + a.Host)
	if a.AsName == "" {
		return machine
	}

	return fmt.Sprintf("%s (%s)", printable(a.AsName), machine)
}

// aboutOf is what an act was about. A scope that begins with its program needs no other.
func aboutOf(a store.OperatorAct) string {
	switch {
	case a.Scope == "" || a.Scope == a.Program:
		return a.Program
	case a.Program == "":
		return a.Scope
	default:
		return a.Program + ", " + a.Scope
	}
}
