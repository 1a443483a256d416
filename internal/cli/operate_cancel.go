package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitCancel is submit cancel.
type SubmitCancel struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`
	Acting            `embed:""`
	ForPrograms       `embed:""`

	Batch  string `arg:"" name:"BATCH" help:"Batch to cancel."`
	Why    string `help:"Reason, shown in the status."`
	DryRun bool   `name:"dry-run" help:"Count the jobs and change nothing."`
	Unseen bool   `help:"Cancel a batch of which nothing is known yet, too: no file was submitted by that name, and no worker has seen a job of it."`
}

// Run keeps the operator's word where every worker reads it.
func (c *SubmitCancel) Run(ctx context.Context, streams Streams) error {
	if !jobs.ValidID(c.Batch) {
		return settings.Faultf("BATCH: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch)
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	progress, err := ledger.Progress(ctx, c.Batch)

	switch {
	case errors.Is(err, store.ErrNoBatch) && !c.Unseen:
		return fmt.Errorf("%w; if jobs of it are on the queue: --unseen", orUnknownBatch(ctx, ledger, c.Batch, err))
	case err != nil && !errors.Is(err, store.ErrNoBatch):
		return err
	}

	out, done := c.Said(streams).Out, canceledBatch{Batch: c.Batch, DryRun: c.DryRun, Progress: statusOf(progress, nil)}

	was := progress.Batch.Canceled

	if !was.At.IsZero() {
		fmt.Fprintf(out, "%s was canceled before, %s\n", c.Batch, printable(was.String()))
	}

	switch {
	case c.DryRun && was.At.IsZero():
		fmt.Fprintf(out, "%s would be canceled\n", c.Batch)
	case !c.DryRun && (was.At.IsZero() || c.Why != ""):
		stands, err := c.cancel(ctx, ledger, progress)
		if err != nil {
			return err
		}

		done.CanceledNow = was.At.IsZero()
		c.told(out, was, stands)
	}

	writeCanceled(out, progress)

	return c.Print(streams, done)
}

// cancel keeps the word, and that it was given.
func (c *SubmitCancel) cancel(ctx context.Context, ledger *store.Store, before store.Progress) (store.Cancellation, error) {
	var stands store.Cancellation

	act := acts.Act{Name: acts.Cancel, Program: before.Batch.Program, Scope: "batch " + c.Batch, Why: c.Why}
	err := c.Book(ledger).Do(ctx, act, func(ctx context.Context) (acts.Result, error) {
		var err error
		stands, err = ledger.CancelBatch(ctx, c.Batch, c.Actor().String(), c.Why)

		return acts.Result{Counts: map[string]int64{
			"settled": before.Settled(), "seen": before.Seen(), "unseen": max(before.Expected()-before.Seen(), 0),
		}}, err
	})

	return stands, err
}

// told says what the operator's word has changed.
func (c *SubmitCancel) told(out io.Writer, was, stands store.Cancellation) {
	if was.At.IsZero() {
		fmt.Fprintf(out, "%s is canceled: workers begin no more of its jobs\n", c.Batch)
	}

	switch {
	case c.Why == "" && stands.Why == "":
		fmt.Fprintf(out, "no reason is kept; to add one, the same command with --why\n")
	case c.Why != "" && was.Why != "":
		fmt.Fprintf(out, "--why was not kept: the batch was canceled before with: %s\n", printable(stands.Why))
	case c.Why != "" && !was.At.IsZero():
		fmt.Fprintf(out, "the reason is kept now: %s\n", printable(stands.Why))
	}
}

// canceledBatch is a cancellation for programs: what was done, and how the batch stood before it.
type canceledBatch struct {
	Batch       string      `json:"batch"`
	CanceledNow bool        `json:"canceled_now"`
	DryRun      bool        `json:"dry_run,omitempty"`
	Progress    batchStatus `json:"before"`
}

// writeCanceled says what a cancellation means for the jobs of a batch.
func writeCanceled(w io.Writer, p store.Progress) {
	running := p.ByStatus[store.StatusInProgress]
	waiting := p.ByStatus[store.StatusRetrying] + p.ByStatus[store.StatusPending]

	fmt.Fprintf(w, "  %8d  jobs have their outcome and keep it\n", p.Settled())
	fmt.Fprintf(w, "  %8d  are being called now and are finished\n", running)
	if submitted := p.ByStatus[store.StatusSubmitted]; submitted > 0 {
		fmt.Fprintf(w, "  %8d  are submitted to Mastercard and get the result of their batch\n", submitted)
	}

	fmt.Fprintf(w, "  %8d  wait for another attempt: they end as canceled when it is due,\n", waiting)
	fmt.Fprintf(w, "            or in doubt where an earlier attempt may have enrolled the card\n")

	if unseen := p.Expected() - p.Seen(); unseen > 0 {
		fmt.Fprintf(w, "  %8d  no worker has seen: they end as canceled when one takes them from the queue\n", unseen)
	}
}

// afterCancel says what to do to whoever submits a file of a canceled batch.
func afterCancel(err error) error {
	return fmt.Errorf("%w\nno more of it is sent, and what is on the queue ends as canceled; "+
		"to send the rest after all, submit it under another --batch (which rows: submit outcomes BATCH --status canceled)", err)
}
