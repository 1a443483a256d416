package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitBatches is submit batches.
type SubmitBatches struct {
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Limit int  `default:"20" help:"How many to list."`
	JSON  bool `name:"json"  help:"Print JSON for programs."`
}

// mostBatches bounds a list that is held in memory.
const mostBatches = 1000

// Run lists the batches.
func (c *SubmitBatches) Run(ctx context.Context, streams Streams) error {
	if c.Limit < 1 || c.Limit > mostBatches {
		return settings.Faultf("--limit: %d must be 1 to %d", c.Limit, mostBatches)
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	batches, err := ledger.Batches(ctx, c.Limit)
	if err != nil {
		return err
	}

	if c.JSON {
		all := []batchStatus{}
		for _, batch := range batches {
			all = append(all, statusOf(batch, nil))
		}

		return writeJSON(streams.Out, all)
	}

	return writeBatches(streams.Out, batches)
}

func writeBatches(w io.Writer, batches []store.Progress) error {
	if len(batches) == 0 {
		_, err := fmt.Fprintln(w, "no batches")
		return err
	}

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BATCH\tPROGRAM\tSOURCE\tROWS\tREJECTED\tSETTLED\tENROLLED\tOTHER\tBEGUN\tSTATE")

	for _, p := range batches {
		b, settled := p.Batch, p.Settled()
		enrolled := p.ByStatus[store.StatusEnrolled] + p.ByStatus[store.StatusAlreadyEnrolled]

		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n",
			b.ID, orDash(b.Program), orDash(printable(b.Source)), b.RowsRead, b.RowsRejected,
			settled, enrolled, settled-enrolled, stamp(b.StartedAt), stateOfBatch(p))
	}

	return table.Flush()
}

// stateOfBatch says in a few words where a batch is.
func stateOfBatch(p store.Progress) string {
	left := max(p.Expected(), p.Seen()) - p.Settled()

	switch {
	case !p.Batch.Canceled.At.IsZero() && left > 0:
		return fmt.Sprintf("canceled, %d left", left)
	case !p.Batch.Canceled.At.IsZero():
		return "canceled"
	case p.Batch.CompletedAt.IsZero():
		return "file not read to its end"
	case left > 0:
		return fmt.Sprintf("%d left", left)
	case p.ByStatus[store.StatusInDoubt] > 0:
		return fmt.Sprintf("%d in doubt", p.ByStatus[store.StatusInDoubt])
	default:
		return "done; file read " + p.Batch.CompletedAt.UTC().Format(time.DateTime+"Z")
	}
}
