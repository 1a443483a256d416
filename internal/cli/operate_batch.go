package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// batchStatus is how far a batch is, as printed for programs.
type batchStatus struct {
	Batch         string                 `json:"batch"`
	Program       string                 `json:"program,omitempty"`
	Source        string                 `json:"source,omitempty"`
	StartedAt     time.Time              `json:"started_at,omitzero"`
	CompletedAt   time.Time              `json:"completed_at,omitzero"`
	RowsRead      int64                  `json:"rows_read"`
	RowsRejected  int64                  `json:"rows_rejected"`
	RowsPublished int64                  `json:"rows_published"`
	RowsDuplicate int64                  `json:"rows_duplicate"`
	Seen          int64                  `json:"jobs_seen"`
	Settled       int64                  `json:"jobs_settled"`
	Lost          int64                  `json:"jobs_lost,omitempty"`
	ByStatus      map[store.Status]int64 `json:"by_status"`
	Codes         []batchCode            `json:"codes"`
	Canceled      *canceledStatus        `json:"canceled,omitempty"`
}

// canceledStatus is an operator's word that stopped a batch.
type canceledStatus struct {
	At  time.Time `json:"at"`
	By  string    `json:"by,omitempty"`
	Why string    `json:"why,omitempty"`
}

func canceledOf(c store.Cancellation) *canceledStatus {
	if c.At.IsZero() {
		return nil
	}

	return &canceledStatus{At: c.At, By: c.By, Why: c.Why}
}

type batchCode struct {
	Status store.Status `json:"status"`
	Reason string       `json:"reason,omitempty"`
	Detail string       `json:"detail,omitempty"`
	Count  int64        `json:"count"`
	First  time.Time    `json:"first"`
	Last   time.Time    `json:"last"`
}

func (c *SubmitStatus) showBatch(ctx context.Context, streams Streams) error {
	if !jobs.ValidID(c.Batch) {
		return settings.Faultf("BATCH: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch)
	}

	registry, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer registry.Close()

	progress, err := registry.Progress(ctx, c.Batch)
	if err != nil {
		return orUnknownBatch(ctx, registry, c.Batch, err)
	}

	codes, err := registry.BatchCodes(ctx, c.Batch)
	if err != nil {
		return err
	}

	status := statusOf(progress, codes)

	if progress.Unseen() > 0 {
		status.Lost, err = c.lost(ctx, streams, registry)
		if err != nil {
			streams.Notef("%d jobs were seen by no worker; whether the queue holds them cannot be told: %v",
				progress.Unseen(), err)
		}
	}

	if c.JSON {
		return writeJSON(streams.Out, status)
	}

	return Fitted(streams.Out, func(w io.Writer, _ int) {
		status.write(w)

		if status.Lost > 0 {
			fmt.Fprintln(w, lost.Note(status.Lost, progress.Batch))
		}
	})
}

// lost asks the queue whether it still holds the jobs of the batch that no worker has seen.
func (c *SubmitStatus) lost(ctx context.Context, streams Streams, ledger lost.Ledger) (int64, error) {
	js, disconnect, err := c.Connect("enroll submit status", c.Logger(streams.Err))
	if err != nil {
		return 0, err
	}
	defer disconnect()

	return lost.Count(ctx, ledger, lost.JetStream{JS: js}, c.Batch)
}

func statusOf(p store.Progress, codes []store.CodeCount) batchStatus {
	status := batchStatus{
		Batch: p.Batch.ID, Program: p.Batch.Program, Source: p.Batch.Source,
		StartedAt: p.Batch.StartedAt, CompletedAt: p.Batch.CompletedAt,
		RowsRead: p.Batch.RowsRead, RowsRejected: p.Batch.RowsRejected,
		RowsPublished: p.Batch.RowsPublished, RowsDuplicate: p.Batch.RowsDuplicate,
		Seen: p.Seen(), Settled: p.Settled(), ByStatus: p.ByStatus, Codes: []batchCode{}, Canceled: canceledOf(p.Batch.Canceled),
	}

	for _, code := range codes {
		status.Codes = append(status.Codes, batchCode{code.Status, code.Reason, code.Detail, code.Count, code.First, code.Last})
	}

	return status
}

func (s batchStatus) write(w io.Writer) {
	if s.Program != "" {
		fmt.Fprintf(w, "%s: %s of program %s, begun %s\n", s.Batch, printable(s.Source), s.Program, stamp(s.StartedAt))
		fmt.Fprintf(w, "%d rows read, %d rejected, %d sent, %d sent before",
			s.RowsRead, s.RowsRejected, s.RowsPublished, s.RowsDuplicate)

		if s.CompletedAt.IsZero() {
			fmt.Fprint(w, "; the file has not been read to its end")
		}

		fmt.Fprintln(w)
	} else {
		fmt.Fprintf(w, "%s: named by messages, not the batch of a file\n", s.Batch)
	}

	if c := s.Canceled; c != nil {
		word := store.Cancellation{At: c.At, By: c.By, Why: c.Why}
		fmt.Fprintf(w, "canceled %s; what is not sent yet is not sent\n", printable(word.String()))
	}

	fmt.Fprintf(w, "%d jobs seen by workers, %d settled\n", s.Seen, s.Settled)

	for _, code := range s.Codes {
		why := code.Reason
		if code.Detail != "" && code.Detail != code.Reason {
			why += "/" + code.Detail
		}

		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %8d  %-16s  %s", code.Count, code.Status, why), " "))
	}
}
