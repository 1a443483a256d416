package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/layout"
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

	header := []string{"BATCH", "PROGRAM", "SOURCE", "ROWS", "REJECTED", "SETTLED", "ENROLLED", "OTHER", "BEGUN", "STATE"}

	var rows [][]string

	for _, p := range batches {
		b, settled := p.Batch, p.Settled()
		enrolled := p.ByStatus[store.StatusEnrolled] + p.ByStatus[store.StatusAlreadyEnrolled]

		rows = append(rows, []string{
			b.ID, OrDash(b.Program), OrDash(printable(b.Source)), count(b.RowsRead), count(b.RowsRejected),
			count(settled), count(enrolled), count(settled - enrolled), stamp(b.StartedAt), stateOfBatch(p),
		})
	}

	return Fitted(w, func(w io.Writer, width int) { fmt.Fprint(w, layout.Table(width, header, rows)) })
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
