package workercli

import (
	"fmt"
	"io"
	"strconv"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// Profiles is worker profiles.
type Profiles struct {
	List    ProfilesList    `cmd:"" default:"withargs" help:"List the profiles that are built in."`
	Show    ProfilesShow    `cmd:""                    help:"Print what a profile says, and how well each entry is known."`
	Check   ProfilesCheck   `cmd:""                    help:"Hold a profile against an OpenAPI description, and say where they differ."`
	Sources ProfilesSources `cmd:""                    help:"List the values that a profile can name, and what it can have read."`
}

// ProfilesList is worker profiles.
type ProfilesList struct {
	cli.ForPrograms `embed:""`
}

// profileLine is a profile as it is listed.
type profileLine struct {
	Name   string         `json:"name"`
	About  string         `json:"about"`
	Counts profile.Counts `json:"counts"`
}

// Run lists the built-in profiles.
func (c *ProfilesList) Run(streams cli.Streams) error {
	var (
		lines []profileLine
		rows  [][]string
	)

	for _, name := range profile.Names() {
		read, err := profile.BuiltIn(name)
		if err != nil {
			return err
		}

		counts := profile.Count(read.Entries())
		lines = append(lines, profileLine{read.Name, read.About, counts})
		rows = append(rows, []string{
			read.Name, strconv.Itoa(counts.Confirmed), strconv.Itoa(counts.Inferred), strconv.Itoa(counts.Unknown), read.About,
		})
	}

	if c.JSON {
		return c.Print(streams, lines)
	}

	header := []string{"NAME", "CONFIRMED", "INFERRED", "UNKNOWN", "ABOUT"}

	return cli.Fitted(streams.Out, func(w io.Writer, width int) { fmt.Fprint(w, layout.Table(width, header, rows)) })
}

// ProfilesShow is worker profiles show.
type ProfilesShow struct {
	cli.ForPrograms `embed:""`

	Profile string `arg:"" name:"profile" placeholder:"NAME|FILE" help:"A built-in profile, or the file of another."`
}

// Run prints one profile.
func (c *ProfilesShow) Run(streams cli.Streams) error {
	read, err := openProfile(c.Profile)
	if err != nil {
		return err
	}

	entries := read.Entries()
	counts := profile.Count(entries)

	if c.JSON {
		return c.Print(streams, struct {
			*profile.Profile

			Counts profile.Counts `json:"counts"`
		}{read, counts})
	}

	return cli.Fitted(streams.Out, func(w io.Writer, width int) {
		fmt.Fprintf(w, "%s: %s\n%s\n", read.Name, read.About, counts)

		for _, operation := range read.Operations {
			fmt.Fprintf(w, "\n%s\n", operation.Name)
			fmt.Fprint(w, layout.Table(width, []string{"PART", "NAME", "IS", "MARK", "NOTE"}, entryRows(operation.Entries())))
		}
	})
}

// openProfile opens the profile that a command was given: what is wrong with it is an error of usage.
func openProfile(nameOrFile string) (*profile.Profile, error) {
	read, err := profile.Open(nameOrFile)

	return read, settings.Faults(err)
}

func entryRows(entries []profile.Entry) [][]string {
	var rows [][]string

	for _, entry := range entries {
		name := entry.Name
		if entry.Required && (entry.Part == profile.PartRequest || entry.Part == profile.PartPlain || entry.Part == profile.PartQuery ||
			entry.Part == profile.PartAnswer) {
			name += " *"
		}

		mark := string(entry.Mark)
		if entry.Source != "" {
			mark += " " + entry.Source
		}

		rows = append(rows, []string{entry.Part, name, cli.OrDash(entry.Is), mark, cli.OrDash(entry.Note)})
	}

	return rows
}

// ProfilesSources is worker profiles sources.
type ProfilesSources struct {
	cli.ForPrograms `embed:""`
}

// sourceLine is what a profile can name.
type sourceLine struct {
	Operation string `json:"operation"`
	Part      string `json:"part"`
	Name      string `json:"name"`
	About     string `json:"about"`
}

// Run lists the names that profiles can use.
func (c *ProfilesSources) Run(streams cli.Streams) error {
	var lines []sourceLine

	for _, operation := range profile.Operations() {
		for _, source := range profile.SourcesOf(operation, false) {
			lines = append(lines, sourceLine{operation, "from", source.Name, source.About})
		}

		if profile.Encrypts(operation) {
			for _, source := range profile.SourcesOf(operation, true) {
				lines = append(lines, sourceLine{operation, "from, encrypted", source.Name, source.About})
			}
		}

		for _, target := range profile.TargetsOf(operation) {
			lines = append(lines, sourceLine{operation, "into", target.Name, target.About})
		}
	}

	if c.JSON {
		return c.Print(streams, lines)
	}

	var rows [][]string
	for _, line := range lines {
		rows = append(rows, []string{line.Operation, line.Part, line.Name, line.About})
	}

	return cli.Fitted(streams.Out, func(w io.Writer, width int) {
		fmt.Fprint(w, layout.Table(width, []string{"OPERATION", "AS", "NAME", "ABOUT"}, rows))
	})
}
