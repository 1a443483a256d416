package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// nothing fails for a run that was to redrive something that is not there: the job, batch or program may be mistyped.
func (c *SubmitRedrive) nothing(
	ctx context.Context, streams Streams, js jetstream.JetStream, ledger *store.Store, a redrive.Summary,
) error {
	switch {
	case a.Redriven > 0:
		return nil
	case c.Job != "":
		return c.noJob(ctx, ledger, a)
	case a.Selected > 0:
		return nil // the account says where those jobs stand by now
	case !has(a.Codes, c.Code):
		return c.noLetter(streams, a)
	case c.Batch != "":
		_, err := ledger.Progress(ctx, c.Batch)

		return orUnknownBatch(ctx, ledger, c.Batch, err)
	case c.Program != "":
		if unknown := unknownProgram(ctx, control.New(js), c.Program); unknown != "" {
			return fmt.Errorf("--program: no dead letter is of %s; %s", c.Program, unknown)
		}
	}

	return nil
}

// noLetter tells a code that no dead letter has from one that is mistyped.
func (c *SubmitRedrive) noLetter(streams Streams, a redrive.Summary) error {
	verdicts, err := mastercard.Verdicts()
	if err != nil {
		return err
	}

	return noCode(streams, c.Code, "dead letter", a.Codes, verdicts)
}

// noJob says why the one job was not redriven.
func (c *SubmitRedrive) noJob(ctx context.Context, ledger *store.Store, a redrive.Summary) error {
	row, found, err := ledger.Outcome(ctx, c.Job)

	switch {
	case err != nil:
		return err
	case !found && a.Selected > 0:
		return fmt.Errorf("job %s: its row was purged, so it is not redriven: publish it anew, under another id", c.Job)
	case !found:
		return fmt.Errorf("job %s: no worker has seen it", c.Job)
	case a.Skipped[redrive.SkippedCanceled] > 0:
		return fmt.Errorf("job %s: its batch %s is canceled, so workers would not send it", c.Job, row.BatchID)
	case c.Program != "" && c.Program != row.Program:
		return fmt.Errorf("job %s is of program %s, not of %s", c.Job, row.Program, c.Program)
	case c.Batch != "" && c.Batch != row.BatchID:
		return fmt.Errorf("job %s is not of batch %s", c.Job, c.Batch)
	case !slices.Contains(c.Status, row.Status) && row.Status == store.StatusInDoubt:
		return fmt.Errorf("job %s is in_doubt, so it may be enrolled already: to send it again all the same, --status in_doubt", c.Job)
	case !slices.Contains(c.Status, row.Status):
		return fmt.Errorf("job %s is %s: nothing to redrive", c.Job, row.Status)
	default:
		return fmt.Errorf("job %s is %s, and no dead letter of it passes the filter "+
			"(it may have aged out, hold a message that no worker takes, or have been kept from the start): publish it anew",
			c.Job, row.Status)
	}
}
