package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/settings"
)

// SubmitResume is submit resume.
type SubmitResume struct {
	settings.NATS `embed:""`
	settings.Log  `embed:""`
	target        `embed:""`

	CoolDown bool `name:"cool-down" help:"Lift the pause that the API asked for (Retry-After), instead of an operator's."`
}

// Run lifts the pause.
func (c *SubmitResume) Run(ctx context.Context, streams Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	js, disconnect, err := c.Connect("enroll submit resume", c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer disconnect()

	bucket := control.New(js)

	if c.CoolDown {
		return c.liftCoolDowns(ctx, streams.Out, bucket)
	}

	lifted, err := bucket.Resume(ctx, c.Program)
	if err != nil {
		return err
	}

	if lifted == nil {
		fmt.Fprintf(streams.Out, "%s: nothing was paused by that name\n", c.target)
	} else {
		fmt.Fprintf(streams.Out, "%s resumed; %s\n", c.target, pausedLine(*lifted))
	}

	return c.tellWhatStays(ctx, streams.Out, bucket)
}

// tellWhatStays says what keeps the jobs from being taken all the same.
func (c *SubmitResume) tellWhatStays(ctx context.Context, out io.Writer, bucket *control.Bucket) error {
	pauses, err := bucket.Pauses(ctx)
	if err != nil {
		return err
	}

	for _, pause := range pauses {
		if c.Program == "" || pause.Program == "" {
			fmt.Fprintf(out, "still in force: %s, %s\n", cmp.Or(pause.Program, "all programs"), pausedLine(pause))
		}
	}

	cools, err := bucket.CoolDowns(ctx)
	if err != nil {
		return err
	}

	for _, cool := range cools {
		if (c.Program == "" || c.Program == cool.Program) && cool.Until.After(time.Now()) {
			fmt.Fprintf(out, "still in force: %s; --cool-down lifts it\n", coolLine(cool))
		}
	}

	return nil
}

func (c *SubmitResume) liftCoolDowns(ctx context.Context, out io.Writer, bucket *control.Bucket) error {
	programs := []string{c.Program}

	if c.All {
		status, err := bucket.Status(ctx)
		if err != nil {
			return err
		}

		programs = programsOf(status)
	}

	for _, program := range programs {
		lifted, err := bucket.LiftCoolDown(ctx, control.Lift{Program: program, By: operator(), At: time.Now().UTC()})

		switch {
		case err != nil:
			return err
		case lifted == nil || !lifted.Until.After(time.Now()):
			fmt.Fprintf(out, "%s: no pause that the API asked for was known; any that a worker keeps by itself ends\n", program)
		default:
			fmt.Fprintf(out, "%s; it ends at all workers within seconds, and the API may ask for another\n", coolLine(*lifted))
		}
	}

	return nil
}

// programsOf are those of which workers take jobs, or which cool down.
func programsOf(status control.Status) []string {
	var programs []string

	for _, worker := range status.Workers {
		for _, program := range worker.Programs {
			programs = append(programs, program.Name)
		}
	}

	for _, cool := range status.CoolDowns {
		programs = append(programs, cool.Program)
	}

	slices.Sort(programs)

	return slices.Compact(programs)
}

func coolLine(c control.CoolDown) string {
	return fmt.Sprintf("%s cools down until %s, as the API asked worker %s", c.Program, stamp(c.Until), printable(c.By))
}
