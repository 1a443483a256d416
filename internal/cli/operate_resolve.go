package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitResolve is submit resolve.
type SubmitResolve struct {
	DeadLetters `embed:""`
	Acting      `embed:""`
	ForPrograms `embed:""`

	ID   string `arg:"" name:"JOB_ID" help:"Job that is in doubt."`
	As   string `required:"" enum:"enrolled,not-enrolled,resend" help:"What is known of the card, enrolled or not-enrolled; or resend."`
	Note string `help:"How it is known; kept with the job."`
}

// Run carries the decision out.
func (c *SubmitResolve) Run(ctx context.Context, streams Streams) error {
	faults := []error{c.Check()}
	if !jobs.ValidID(c.ID) {
		faults = append(faults, fmt.Errorf("JOB_ID: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.ID))
	}

	if err := settings.Faults(faults...); err != nil {
		return err
	}

	js, ledger, end, err := c.open(ctx, "enroll submit resolve", streams)
	if err != nil {
		return err
	}
	defer end()

	outcome, err := c.resolve(ctx, js, ledger)
	if err != nil {
		return err
	}

	fmt.Fprintf(c.Said(streams).Out, "%s is %s\n", outcome.JobID, outcome.Status)

	return c.Print(streams, resolved{outcome.JobID, outcome.Status})
}

// resolve carries it out, and keeps that it was decided.
func (c *SubmitResolve) resolve(
	ctx context.Context, js jetstream.JetStream, ledger *store.Store,
) (outcome store.Outcome, err error) {
	act := acts.Act{Name: acts.Resolve, Scope: fmt.Sprintf("job %s as %s", c.ID, c.As), Why: c.Note}

	err = c.Book(ledger).Do(ctx, act, func(ctx context.Context) (acts.Result, error) {
		outcome, err = redrive.Resolve(ctx, js, ledger, store.ResolveRequest{
			JobID: c.ID, As: store.Resolution(strings.ReplaceAll(c.As, "-", "_")), By: c.Actor().String(), Note: c.Note,
		})
		if err != nil {
			return acts.Result{Refused: errors.Is(err, redrive.ErrRefused) || errors.Is(err, store.ErrNoJob)}, err
		}

		return acts.Result{Text: "it is " + string(outcome.Status), Counts: map[string]int64{"jobs": 1}}, nil
	})

	return outcome, err
}

// resolved is how a job stands now.
type resolved struct {
	JobID  string       `json:"job_id"`
	Status store.Status `json:"status"`
}
