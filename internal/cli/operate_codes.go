package cli

import (
	"context"
	"fmt"
	"io"
	"time"

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

	Since   time.Duration `placeholder:"24h" default:"24h" help:"How far back, by the clock of the database."`
	Program string        `help:"Program of the jobs; default: all."`
}

// Run counts the codes.
func (c *SubmitCodes) Run(ctx context.Context, streams Streams) error {
	faults := []error{c.Check(), CheckProgram(c.Program)}

	if c.Since <= 0 {
		faults = append(faults, fmt.Errorf("--since: %s is not more than 0", c.Since))
	}

	if err := settings.Faults(faults...); err != nil {
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

	codes, err := inquiry.Codes(ctx, ledger, verdicts, ledger.Now().Add(-c.Since), c.Program)
	if err != nil {
		return err
	}

	if c.JSON {
		return c.Print(streams, codes)
	}

	if len(codes) == 0 {
		streams.Notef("none: no job has failed in the last %s", c.Since)
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
