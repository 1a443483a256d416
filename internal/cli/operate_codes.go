package cli

import (
	"context"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// SubmitCodes is submit codes.
type SubmitCodes struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`
	ForPrograms       `embed:""`

	Since   Moment `placeholder:"TIME" default:"24h" help:"Since when: a date (UTC), a time or an age such as 2h or 21d, by the clock of the database."`
	Program string `help:"Program of the jobs; default: all."`
}

// Run counts the codes.
func (c *SubmitCodes) Run(ctx context.Context, streams Streams) error {
	if err := settings.Faults(c.Check(), CheckProgram(c.Program)); err != nil {
		return err
	}

	verdicts, err := mastercard.Verdicts()
	if err != nil {
		return err
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	since := c.Since.Before(ledger.Now())

	codes, err := inquiry.Codes(ctx, ledger, verdicts, since, c.Program)
	if err != nil {
		return err
	}

	if c.JSON {
		return c.Print(streams, codes)
	}

	if len(codes) == 0 {
		streams.Notef("none: no job has failed since %s", stamp(since))
		return nil
	}

	return Fitted(streams.Out, func(w io.Writer, width int) { writeCodes(w, width, codes) })
}

func writeCodes(w io.Writer, width int, codes []inquiry.Code) {
	header := []string{"CODE", "PROGRAM", "COUNT", "FIRST", "LAST", "SAMPLE JOB", "STATUS"}

	var rows [][]string

	for _, code := range codes {
		rows = append(rows, []string{
			OrDash(printable(code.Name())), code.Program, count(code.Count), stamp(code.First), stamp(code.Last),
			OrDash(printable(code.Sample)), string(code.Status),
		})
	}

	fmt.Fprint(w, layout.Table(width, header, rows))

	said := map[string]bool{}

	for _, code := range codes {
		line := fmt.Sprintf("%s, %s: %s\n", OrDash(printable(code.Name())), code.Status, printable(code.WhatToDo))
		if !said[line] {
			fmt.Fprint(w, "\n", line)
		}

		said[line] = true
	}
}
