package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/follow"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// SubmitWatch is submit watch.
type SubmitWatch struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Batch string `arg:"" name:"BATCH" help:"Batch to follow."`
	Total int64  `placeholder:"N" help:"How many jobs a batch has that only messages name: it is followed until so many are settled."`
	JSON  bool   `name:"json" help:"Print JSON for programs."`
}

// Run follows the batch.
func (c *SubmitWatch) Run(ctx context.Context, streams Streams) error {
	if !jobs.ValidID(c.Batch) {
		return settings.Faultf("BATCH: %q must be 1 to 64 of A-Z a-z 0-9 . _ -", c.Batch)
	}

	if c.Total < 0 {
		return settings.Faultf("--total: %d must be 1 or more", c.Total)
	}

	return watch(ctx, streams, watching{
		nats: c.NATS, database: c.Database, log: c.Log, batch: c.Batch, total: c.Total, json: c.JSON,
	})
}

// Waiting are the settings of a command that can wait for the outcomes of what it has sent.
type Waiting struct {
	Wait bool `help:"Follow the batch then, until every row has its outcome."`
	JSON bool `name:"json" help:"Print JSON for programs."`
}

// said are the streams for what a command says that is not for programs: where they read, the output is theirs.
func (w Waiting) said(streams Streams) Streams {
	if w.JSON {
		streams.Out = streams.Err
	}

	return streams
}

// follow waits for the outcomes of what was sent, if it was sent and that is asked for. sent is how the sending ended.
func (w Waiting) follow(ctx context.Context, streams Streams, of watching, sent error) error {
	if !w.Wait || sent != nil && !errors.Is(sent, errRejected) {
		return sent
	}

	of.json = w.JSON

	if err := watch(ctx, streams, of); err != nil {
		return err
	}

	return sent
}

// watching is what is followed, and how.
type watching struct {
	nats     settings.NATS
	database settings.Database
	log      settings.Log
	batch    string
	total    int64 // of a batch that only messages name; 0: not known
	json     bool
}

// countable refuses a total for a batch that has its own, that of the rows of its file. A database that does not answer now is
// waited for later, with a word.
func (w watching) countable(ctx context.Context, ledger follow.Ledger) error {
	if w.total == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, openNoticeAfter)
	defer cancel()

	progress, err := ledger.Progress(ctx, w.batch)
	if err != nil || !follow.OfFile(progress) {
		return nil
	}

	return settings.Faultf("--total: is for batches that only messages name; %s is the file %s, and is followed until each of its "+
		"rows has its outcome: leave --total out", w.batch, progress.Batch.Source)
}

// openNoticeAfter is how long the database may take to be opened before that is said.
const openNoticeAfter = 2 * time.Second

// watch follows a batch until every row has its outcome or is in doubt. It wraps errRejected when some did not come to
// what they were sent for. The queue need not be there: it is asked only what the batch waits for.
func watch(ctx context.Context, streams Streams, w watching) error {
	terminal, live := progress.Terminal(streams.Out)
	live = live && !w.json

	logger := w.log.Logger(streams.Err)
	if live {
		logger = slog.New(slog.DiscardHandler) // the view says what there is to say
	}

	notice := guard.Later(openNoticeAfter, func() { streams.note("waiting for the database (--database-url)") })
	ledger, err := w.database.Open(ctx, logger)

	notice.Stop()

	if err != nil {
		return err
	}
	defer ledger.Close()

	if err := w.countable(ctx, ledger); err != nil {
		return err
	}

	js, disconnect, err := w.nats.Connect("enroll submit watch "+w.batch, logger, nats.RetryOnFailedConnect(true))
	if err != nil {
		return err
	}
	defer disconnect()

	var view follow.View = follow.InLines(streams.Out)

	switch {
	case live:
		view = follow.OnScreen(terminal)
	case w.json:
		view = follow.AsEvents(streams.Out)
	}

	state, err := follow.Run(ctx, ledger, control.New(js), follow.Options{
		Batch: w.batch, Expect: w.total, Now: time.Now, Queue: lost.JetStream{JS: js},
	}, view)

	if !live && !w.json && state.Progress.Batch.ID != "" {
		shown := Fitted(streams.Out, func(w io.Writer, _ int) { statusOf(state.Progress, state.Codes).write(w) })
		err = errors.Join(err, shown)
	}

	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted: %d of %d jobs are settled, and the workers go on; to follow them again: submit watch %s",
			state.Progress.Settled(), state.Total(), w.batch)
	case err != nil:
		return orUnknownBatch(ctx, ledger, w.batch, err)
	case state.Lost > 0:
		return errors.New(lost.Note(state.Lost, state.Progress.Batch))
	case !state.AllSucceeded():
		return errRejected
	default:
		return nil
	}
}
