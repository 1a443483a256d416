package console

import (
	"cmp"
	"context"
	"net/http"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

// program is the one that a form names; empty for all.
func (v *visit) program() (string, error) {
	name := v.field("program")
	if name != "" && !jobs.ValidProgram(name) {
		return "", refuse(http.StatusUnprocessableEntity, noProgram)
	}

	return name, nil
}

func (c *Console) pause(v *visit) error {
	program, err := v.program()
	if err != nil {
		return err
	}

	if v.why() == "" {
		return refuse(http.StatusUnprocessableEntity, "Say why: whoever comes next reads it.")
	}

	note, err := v.lenient(acts.Act{Name: acts.Pause, Program: program, Scope: allOr(program), Why: v.why()},
		func(ctx context.Context) (acts.Result, error) {
			return acts.Result{}, c.bucket.Pause(ctx, control.Pause{Program: program, By: v.actor().String(), At: c.now(), Why: v.why()})
		})
	if err != nil {
		return away("The pause could not be left for the workers", err)
	}

	return v.done(allOr(program)+
		" paused: within seconds workers take no more of these jobs; they finish those in flight."+note, "/")
}

func (c *Console) resume(v *visit) error {
	program, err := v.program()
	if err != nil {
		return err
	}

	var lifted *control.Pause

	note, err := v.lenient(acts.Act{Name: acts.Resume, Program: program, Scope: allOr(program), Why: v.why()},
		func(ctx context.Context) (acts.Result, error) {
			lifted, err = c.bucket.Resume(ctx, program)

			return liftedResult(lifted != nil), err
		})

	switch {
	case err != nil:
		return away("The pause could not be lifted", err)
	case lifted == nil:
		return v.done("Nothing was paused by that name."+note, "/")
	default:
		return v.done(allOr(program)+" resumed."+note, "/")
	}
}

// lift ends the pause of a program that the API asked for.
func (c *Console) lift(v *visit) error {
	program, err := v.program()
	if err != nil {
		return err
	}

	if program == "" {
		return refuse(http.StatusUnprocessableEntity, "Name the program.")
	}

	var lifted *control.CoolDown

	note, err := v.lenient(acts.Act{Name: acts.Lift, Program: program, Why: v.why()},
		func(ctx context.Context) (acts.Result, error) {
			lifted, err = c.bucket.LiftCoolDown(ctx, control.Lift{Program: program, By: v.actor().String(), At: c.now()})

			return liftedResult(lifted != nil), err
		})

	switch {
	case err != nil:
		return away("The cool-down could not be lifted", err)
	case lifted == nil:
		return v.done("No pause that the API asked for was known; any that a worker keeps by itself ends."+note, "/")
	default:
		return v.done("The cool-down of "+program+" ends at all workers within seconds. The API may ask for another."+note, "/")
	}
}

func liftedResult(lifted bool) acts.Result {
	if !lifted {
		return acts.Result{Text: "nothing was paused by that name", Refused: true}
	}

	return acts.Result{Counts: map[string]int64{"lifted": 1}}
}

func allOr(program string) string { return cmp.Or(program, "all programs") }
