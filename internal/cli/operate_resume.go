package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/settings"
)

// SubmitResume is submit resume.
type SubmitResume struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	target            `embed:""`
	Acting            `embed:""`
	ForPrograms       `embed:""`

	Why      string `help:"Reason, for the account of acts."`
	CoolDown bool   `name:"cool-down" help:"Lift the pause that the API asked for (Retry-After), instead of an operator's."`
}

// Run lifts the pause.
func (c *SubmitResume) Run(ctx context.Context, streams Streams) error {
	if err := c.check(); err != nil {
		return err
	}

	book, end, err := c.lenient(ctx, c.Database, c.Log, streams)
	if err != nil {
		return err
	}
	defer end()

	js, disconnect, err := c.Connect("enroll submit resume", c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer disconnect()

	bucket, out := control.New(js), c.Said(streams).Out

	name, lift := acts.Resume, c.liftPause
	if c.CoolDown {
		name, lift = acts.Lift, c.liftCoolDowns
	}

	var done resumed

	err = book.Do(ctx, c.act(name, c.Why), func(ctx context.Context) (acts.Result, error) {
		var err error
		done, err = lift(ctx, out, bucket)

		return done.result(), err
	})
	if err != nil {
		return err
	}

	if err := c.Print(streams, done); err != nil {
		return err
	}

	return c.nothing(ctx, bucket, done)
}

// nothing fails for a command that has lifted nothing: the name may be mistyped, or the cause be another.
func (c *SubmitResume) nothing(ctx context.Context, bucket *control.Bucket, done resumed) error {
	if len(done.Lifted)+len(done.LiftedCoolDowns) > 0 {
		return nil
	}

	unknown := ""
	if c.Program != "" {
		unknown = unknownProgram(ctx, bucket, c.Program)
	}

	switch {
	case c.CoolDown && unknown == "":
		return nil // what a worker keeps by itself has ended all the same
	case unknown != "":
		return fmt.Errorf("%s: nothing was paused by that name; %s", c.target, unknown)
	default:
		return fmt.Errorf("%s: nothing was paused by that name", c.target)
	}
}

// resumed is what was lifted, and what keeps the jobs from being taken all the same.
type resumed struct {
	Lifted          []control.Pause    `json:"lifted"`
	LiftedCoolDowns []control.CoolDown `json:"lifted_cool_downs"`
	Pauses          []control.Pause    `json:"still_paused"`
	CoolDowns       []control.CoolDown `json:"still_cooling_down"`
}

// result is what is kept of it.
func (r resumed) result() acts.Result {
	lifted := int64(len(r.Lifted) + len(r.LiftedCoolDowns))
	if lifted == 0 {
		return acts.Result{Text: "nothing was paused by that name", Refused: true}
	}

	return acts.Result{Counts: map[string]int64{"lifted": lifted}}
}

func nothingResumed() resumed {
	return resumed{[]control.Pause{}, []control.CoolDown{}, []control.Pause{}, []control.CoolDown{}}
}

func (c *SubmitResume) liftPause(ctx context.Context, out io.Writer, bucket *control.Bucket) (resumed, error) {
	done := nothingResumed()

	lifted, err := bucket.Resume(ctx, c.Program)
	if err != nil {
		return done, err
	}

	if lifted != nil {
		done.Lifted = append(done.Lifted, *lifted)

		fmt.Fprintf(out, "%s resumed; %s\n", c.target, pausedLine(*lifted))
	}

	return done, c.tellWhatStays(ctx, out, bucket, &done)
}

// tellWhatStays says what keeps the jobs from being taken all the same.
func (c *SubmitResume) tellWhatStays(ctx context.Context, out io.Writer, bucket *control.Bucket, done *resumed) error {
	pauses, err := bucket.Pauses(ctx)
	if err != nil {
		return err
	}

	for _, pause := range pauses {
		if c.Program == "" || pause.Program == "" {
			done.Pauses = append(done.Pauses, pause)

			fmt.Fprintf(out, "still in force: %s, %s\n", cmp.Or(pause.Program, "all programs"), pausedLine(pause))
		}
	}

	cools, err := bucket.CoolDowns(ctx)
	if err != nil {
		return err
	}

	now, err := serverTime(ctx, bucket)
	if err != nil {
		return err
	}

	for _, cool := range cools {
		if (c.Program == "" || c.Program == cool.Program) && cool.Until.After(now) {
			done.CoolDowns = append(done.CoolDowns, cool)

			fmt.Fprintf(out, "still in force: %s; --cool-down lifts it\n", coolLine(cool))
		}
	}

	return nil
}

// serverTime is the time by the clock that the ends of the API's pauses are given in.
func serverTime(ctx context.Context, bucket *control.Bucket) (time.Time, error) {
	clock := bucket.Clock()
	err := clock.Set(ctx)

	return clock.Now(), err
}

func (c *SubmitResume) liftCoolDowns(ctx context.Context, out io.Writer, bucket *control.Bucket) (resumed, error) {
	programs, done := []string{c.Program}, nothingResumed()

	if c.All {
		status, err := bucket.Status(ctx)
		if err != nil {
			return done, err
		}

		programs = programsOf(status)
	}

	now, err := serverTime(ctx, bucket)
	if err != nil {
		return done, err
	}

	for _, program := range programs {
		lifted, err := bucket.LiftCoolDown(ctx, control.Lift{Program: program, By: c.Actor().String(), At: time.Now().UTC()})

		switch {
		case err != nil:
			return done, err
		case lifted == nil || !lifted.Until.After(now):
			fmt.Fprintf(out, "%s: no pause that the API asked for was known; any that a worker keeps by itself ends\n", program)
		default:
			done.LiftedCoolDowns = append(done.LiftedCoolDowns, *lifted)

			fmt.Fprintf(out, "%s; it ends at all workers within seconds, and the API may ask for another\n", coolLine(*lifted))
		}
	}

	return done, nil
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
