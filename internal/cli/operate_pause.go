package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// target is what a pause is about.
type target struct {
	Program string `arg:"" optional:"" help:"Program whose jobs are meant."`
	All     bool   `help:"Mean the jobs of all programs."`
}

func (t target) check() error {
	switch {
	case t.All && t.Program != "":
		return settings.Faultf("--all: cannot be given with a program (%s)", t.Program)
	case !t.All && t.Program == "":
		return settings.Faultf("PROGRAM: is missing; or give --all")
	case !t.All && !jobs.ValidProgram(t.Program):
		return settings.Faultf("PROGRAM: %q must be 1 to 32 of a-z 0-9 -", t.Program)
	default:
		return nil
	}
}

func (t target) String() string { return cmp.Or(t.Program, "all programs") }

// SubmitPause is submit pause.
type SubmitPause struct {
	settings.NATS `embed:""`
	settings.Log  `embed:""`
	target        `embed:""`
	ForPrograms   `embed:""`

	Why string `help:"Reason, shown in the status."`
}

// Run leaves word for the workers.
func (c *SubmitPause) Run(ctx context.Context, streams Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	js, disconnect, err := c.Connect("enroll submit pause", c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer disconnect()

	pause := control.Pause{Program: c.Program, By: operator(), At: time.Now().UTC(), Why: c.Why}

	bucket := control.New(js)
	if err := bucket.Pause(ctx, pause); err != nil {
		return err
	}

	fmt.Fprintf(c.said(streams).Out,
		"%s paused: workers take no more of these jobs within seconds, and finish those in flight\n", c.target)

	if c.Program != "" {
		warnOfUnknown(ctx, streams, bucket, c.Program)
	}

	return c.print(streams, pause)
}

// warnOfUnknown tells of a name that may be mistyped: no worker that is there has such a program.
func warnOfUnknown(ctx context.Context, streams Streams, bucket *control.Bucket, program string) {
	status, err := bucket.Status(ctx)
	if err != nil {
		return // the pause is in force; this was only a courtesy
	}

	var known []string

	for _, worker := range status.Workers {
		if !worker.Gone {
			for _, program := range worker.Programs {
				known = append(known, program.Name)
			}
		}
	}

	slices.Sort(known)

	if known = slices.Compact(known); len(known) > 0 && !slices.Contains(known, program) {
		fmt.Fprintf(streams.Err, "no worker that is running has a program %s; they have: %s\n", program, strings.Join(known, ", "))
	}
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

// operator is who is at the keyboard, as far as the machine knows.
func operator() string {
	name := "unknown"
	if who, err := user.Current(); err == nil {
		name = who.Username
	}

	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}

	return name
}
