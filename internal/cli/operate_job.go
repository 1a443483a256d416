package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// SubmitJob is submit job.
type SubmitJob struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
	ForPrograms       `embed:""`

	ID               string `arg:"" optional:"" name:"JOB_ID" help:"Job to show."`
	ExternalCard     string `name:"external-card"     placeholder:"KEY" help:"Show the jobs of the card with this key of the issuer's own."`
	ExternalConsumer string `name:"external-consumer" placeholder:"KEY" help:"Show the jobs of the consumer with this key of the issuer's own."`
	Trace            string `placeholder:"ID" help:"Show the jobs of a trace: its id, or a traceparent with it."`
}

// mostFound bounds the jobs of one key that are listed.
const mostFound = 50

// errNotFound ends a look-up that found nothing.
var errNotFound = errors.New("no worker has seen such a job")

// Run shows the job, or lists those of a key.
func (c *SubmitJob) Run(ctx context.Context, streams Streams) error {
	by, value, err := c.key()
	if err := settings.Faults(c.Check(), c.CheckQueue(), err); err != nil {
		return err
	}

	verdicts, err := mastercard.Verdicts()
	if err != nil {
		return err
	}

	ledger, err := c.Open(ctx, c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer ledger.Close()

	found, err := ledger.Find(ctx, by, value, mostFound)
	if err != nil {
		return err
	}

	if len(found) == 0 && by != store.KeyJob {
		return fmt.Errorf("%s: %w", by, errNotFound)
	}

	sources := inquiry.Sources{Ledger: ledger, Verdicts: verdicts}

	// Where a message is, is a part of the answer: the rest is told without the queue.
	js, disconnect, err := c.Connect("enroll submit job", c.Logger(streams.Err))
	if err != nil {
		streams.Notef("where the message is cannot be told: %v", err)
	} else {
		defer disconnect()

		sources.JS = js
	}

	all, err := tellAll(ctx, sources, value, found)
	if err != nil {
		return err
	}

	if err := c.show(streams, all); err != nil {
		return err
	}

	if len(found) == mostFound {
		streams.Notef("these are the %d that were seen last", mostFound)
	}

	if all[0].Status == inquiry.StatusNotSeen {
		return fmt.Errorf("job %s: %w", value, errNotFound)
	}

	return nil
}

// tellAll tells of the jobs that were found, or where the one with an id is that has no row.
func tellAll(ctx context.Context, sources inquiry.Sources, id string, found []store.JobState) ([]inquiry.Job, error) {
	if len(found) == 0 {
		job, purged, err := sources.Purged(ctx, id)
		if err == nil && !purged {
			job = sources.Unseen(ctx, id)
		}

		return []inquiry.Job{job}, err
	}

	return sources.TellAll(ctx, found)
}

// key is what jobs are looked for by. A text that passes for a card number is not looked for: no column holds one, and it would
// be repeated.
func (c *SubmitJob) key() (store.Key, string, error) {
	given := map[store.Key]string{
		store.KeyJob: c.ID, store.KeyExternalCard: c.ExternalCard, store.KeyExternalConsumer: c.ExternalConsumer,
		store.KeyTrace: traceID(c.Trace),
	}

	var key store.Key

	for by, value := range given {
		switch {
		case value == "":
		case key != "":
			return "", "", errors.New("give one of JOB_ID, --external-card, --external-consumer and --trace")
		case pan.LooksLikeCard(value):
			return "", "", errors.New("what is to be looked for passes for a card number; jobs are found by one with: worker find-card")
		default:
			key = by
		}
	}

	if key == "" {
		return "", "", errors.New("JOB_ID is missing; or give --external-card, --external-consumer or --trace")
	}

	return key, given[key], nil
}

// traceID is the second part of a traceparent; any other text as it is.
func traceID(text string) string {
	if parts := strings.Split(text, "-"); len(parts) == 4 {
		return parts[1]
	}

	return text
}

func (c *SubmitJob) show(streams Streams, all []inquiry.Job) error {
	if c.JSON {
		return c.Print(streams, all)
	}

	return Fitted(streams.Out, func(w io.Writer, width int) {
		if len(all) > 1 {
			writeFound(w, width, all)
		}

		for i, job := range all {
			if len(all) > 1 || i > 0 {
				fmt.Fprintln(w)
			}

			writeJob(w, job)
		}
	})
}

// writeFound lists several jobs before each is shown.
func writeFound(w io.Writer, width int, all []inquiry.Job) {
	var rows [][]string

	for _, job := range all {
		rows = append(rows, []string{job.ID, job.Operation, stamp(job.FirstSeenAt), OrDash(printable(job.Code())), string(job.Status)})
	}

	fmt.Fprint(w, layout.Table(width, []string{"JOB", "OPERATION", "FIRST SEEN", "CODE", "STATUS"}, rows))
}
