package workercli

import (
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/profilecheck"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
)

// ProfilesCheck is worker profiles check.
type ProfilesCheck struct {
	cli.ForPrograms `embed:""`

	VerdictsFile string `name:"verdicts-file" placeholder:"FILE" help:"Rows that come before those of the verdict table (CSV; see: worker verdicts)."`

	Profile string `arg:"" name:"profile" placeholder:"NAME|FILE" help:"A built-in profile, or the file of another."`
	Spec    string `arg:"" name:"spec"    placeholder:"SPEC"      help:"OpenAPI 3 description (YAML or JSON), as downloaded from Mastercard Developers."`
}

// Run holds the profile against the description.
func (c *ProfilesCheck) Run(streams cli.Streams) error {
	of, errProfile := openProfile(c.Profile)
	document, errSpec := profilecheck.Load(c.Spec)

	table, errVerdicts := service.API{VerdictsFile: c.VerdictsFile}.Verdicts()
	if err := settings.Faults(errProfile, errSpec, errVerdicts); err != nil {
		return err
	}

	report := profilecheck.Check(of, document, table.Names)

	if c.JSON {
		if err := c.Print(streams, report); err != nil {
			return err
		}
	} else if err := cli.Fitted(streams.Out, func(w io.Writer, width int) { printReport(w, width, c.Profile, report) }); err != nil {
		return err
	}

	if len(report.Differences) > 0 {
		return cli.ErrFound
	}

	return nil
}

func printReport(w io.Writer, width int, name string, report profilecheck.Report) {
	if len(report.Differences) > 0 {
		var rows [][]string
		for _, d := range report.Differences {
			rows = append(rows, []string{d.Operation, d.Where, d.What, d.Put})
		}

		fmt.Fprintln(w, layout.Table(width, []string{"OPERATION", "WHERE", "THE DESCRIPTION SAYS", "PUT INTO THE PROFILE"}, rows))
	}

	fmt.Fprintf(w, "%d differences; %d entries of %s are as the description has them", len(report.Differences), report.Held, name)

	if report.Unmarked > 0 {
		fmt.Fprintf(w, ", of which %d are marked inferred or unknown and can be marked confirmed (SPEC)", report.Unmarked)
	}

	fmt.Fprintln(w)
}
