package workercli

import (
	"encoding/csv"
	"encoding/json"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/formula"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Verdicts is worker verdicts.
type Verdicts struct {
	service.API `embed:""`

	JSON bool `name:"json" help:"Print JSON instead of CSV."`
}

// Run prints the table in force: rows of --verdicts-file first.
func (c *Verdicts) Run(streams cli.Streams) error {
	table, err := c.API.Verdicts()
	if err != nil {
		return settings.Faults(err)
	}

	if c.JSON {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")

		return encoder.Encode(table.Rows())
	}

	out := csv.NewWriter(streams.Out)

	if err := out.Write(mastercard.VerdictColumns()); err != nil {
		return err
	}

	for _, row := range table.Rows() {
		if err := out.Write(formula.GuardAll(row.Record())); err != nil {
			return err
		}
	}

	out.Flush()

	return out.Error()
}
