package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// target is what a pause is about.
type target struct {
	Program string `arg:"" optional:"" help:"Program whose jobs are meant."`
	All     bool   `help:"All programs."`
}

func (t target) check() error {
	switch {
	case t.All && t.Program != "":
		return settings.Faultf("--all: cannot be given with a program (%s)", t.Program)
	case !t.All && t.Program == "":
		return settings.Faultf("PROGRAM: is missing; or give --all")
	case t.All:
		return nil
	}

	if err := jobs.CheckProgram(t.Program); err != nil {
		return settings.Faultf("PROGRAM: %w", err)
	}

	return nil
}

// act is what is kept of an act on it.
func (t target) act(name, why string) acts.Act {
	return acts.Act{Name: name, Program: t.Program, Scope: t.String(), Why: why}
}

func (t target) String() string { return cmp.Or(t.Program, "all programs") }

// SubmitPause is submit pause.
type SubmitPause struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	target            `embed:""`
	Acting            `embed:""`
	ForPrograms       `embed:""`

	Why string `help:"Reason, shown in the status."`
}

// Run leaves word for the workers.
func (c *SubmitPause) Run(ctx context.Context, streams Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	book, end, err := c.lenient(ctx, c.Database, c.Log, streams)
	if err != nil {
		return err
	}
	defer end()

	js, disconnect, err := c.Connect("enroll submit pause", c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer disconnect()

	bucket, pause := control.New(js), control.Pause{Program: c.Program, By: c.Actor().String(), At: time.Now().UTC(), Why: c.Why}

	err = book.Do(ctx, c.act(acts.Pause, c.Why), func(ctx context.Context) (acts.Result, error) {
		return acts.Result{}, bucket.Pause(ctx, pause)
	})
	if err != nil {
		return err
	}

	out := c.Said(streams).Out
	fmt.Fprintf(out, "%s paused: within seconds workers take no more of these jobs; they finish those in flight\n", c.target)

	if c.Program != "" {
		if unknown := unknownProgram(ctx, bucket, c.Program); unknown != "" {
			fmt.Fprintf(out, "NOTE: %s. The pause is kept for workers that start with it; if the name is mistyped: submit resume %s\n",
				unknown, c.Program)
		}
	}

	return c.Print(streams, pause)
}

func pausedLine(p control.Pause) string {
	line := "paused since " + stamp(p.At)
	if p.By != "" {
		line += " by " + printable(p.By)
	}

	if p.Why != "" {
		line += ": " + printable(p.Why)
	}

	return line
}
