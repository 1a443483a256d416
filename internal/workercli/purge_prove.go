package workercli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/forget"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/pkg/store"
)

// prove says what is left, and where the consumer is found.
func (c *Purge) prove(ctx context.Context, streams cli.Streams, js jetstream.JetStream, ledger *store.Store) error {
	var programs []string
	if c.Program != "" {
		programs = []string{c.Program}
	}

	proof, err := forget.Prove(ctx, js, ledger, programs...)
	if err != nil {
		return err
	}

	if c.Consumer != "" {
		bar := progress.New(streams.Err, "searching", time.Now)
		proof.Found, err = forget.Search(ctx, js, ledger, c.Consumer, func(where string, done, total int64) {
			bar.Update(done, total, where)
		})

		bar.Close()

		if err != nil {
			return fmt.Errorf("%w\nthe search did not come to its end, and proves nothing", err)
		}
	}

	if c.JSON {
		err = c.Print(streams, proof)
	} else {
		err = cli.Fitted(streams.Out, func(w io.Writer, width int) { c.writeProof(w, width, proof) })
	}

	if err != nil {
		return err
	}

	return c.left(ctx, ledger, proof)
}

// left ends with exit code 3 where something is left.
func (c *Purge) left(ctx context.Context, ledger *store.Store, proof forget.Proof) error {
	if len(proof.Found) > 0 {
		return cli.ErrFound
	}

	if c.Before.IsZero() {
		return nil
	}

	scope, err := c.scope(ctx, ledger)
	if err == nil && proof.Older(scope.Before) {
		err = cli.ErrFound
	}

	return err
}

func (c *Purge) writeProof(w io.Writer, width int, proof forget.Proof) {
	var rows [][]string

	for _, p := range proof.Programs {
		rows = append(rows, []string{
			p.Program, day(p.OldestRow), day(p.OldestLetter), day(p.OldestEvent), strconv.FormatInt(p.NotEnded, 10),
		})
	}

	if len(rows) == 0 {
		fmt.Fprintln(w, "no worker has seen a job")
	} else {
		fmt.Fprint(w, layout.Table(width, []string{"PROGRAM", "OLDEST ROW", "OLDEST LETTER", "OLDEST EVENT", "NOT ENDED"}, rows))
	}

	if !proof.OldestAttempts.IsZero() {
		fmt.Fprintf(w, "attempts are kept from %s on\n", proof.OldestAttempts.Format("2006-01"))
	}

	if c.Consumer == "" {
		return
	}

	if len(proof.Found) == 0 {
		fmt.Fprintln(w, "the consumer is found nowhere: in no table, and in no stream of the queue")
	}

	for _, found := range proof.Found {
		fmt.Fprintf(w, "the consumer is found: %s: %d\n", found.Where, found.Count)
	}
}

// day is a time as far as an age needs it.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}

	return t.UTC().Format("2006-01-02 15:04Z")
}
