package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// FindCard is worker find-card. It is no command of submit, which has no key of the keyed hashes. The number is no argument: that
// would be in the shell's history and in the list of processes.
type FindCard struct {
	settings.Database `embed:""`
	cli.ForPrograms   `embed:""`

	HMACKeyFiles []string `name:"hmac-key-files" placeholder:"FILE" help:"Keys of the keyed hashes (base64), the current one first."`
}

// cardJob is a job of the card, as it is printed for programs.
type cardJob struct {
	JobID            string       `json:"job_id"`
	Program          string       `json:"program"`
	Batch            string       `json:"batch,omitempty"`
	Operation        string       `json:"operation"`
	Status           store.Status `json:"status"`
	Code             string       `json:"code,omitempty"`
	PAN              string       `json:"pan"`
	ExternalCardID   string       `json:"external_card_id,omitempty"`
	SrcDigitalCardID string       `json:"src_digital_card_id,omitempty"`
	FirstSeenAt      time.Time    `json:"first_seen_at"`
	CompletedAt      time.Time    `json:"completed_at,omitzero"`
}

// mostCardJobs bounds the jobs of one card that are listed.
const mostCardJobs = 100

// Run reads the number and lists the jobs of its card.
func (c *FindCard) Run(ctx context.Context, streams cli.Streams) error {
	keys, err := c.keys()
	if err := settings.Faults(c.Check(), err); err != nil {
		return err
	}

	ledger, err := c.Open(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer ledger.Close()

	number, err := readNumber(ctx, streams)
	if err != nil {
		return err
	}

	found, err := ledger.FindCardJobs(ctx, hashes(keys, number), mostCardJobs)
	if err != nil {
		return err
	}

	if err := c.show(streams, found); err != nil {
		return err
	}

	if len(found) == 0 {
		return fmt.Errorf("no job of card %s was seen by a worker that had one of these keys: %s; "+
			"with others, give their files as well", number, kids(keys))
	}

	if len(found) == mostCardJobs {
		streams.Notef("these are the %d that were seen last", mostCardJobs)
	}

	return nil
}

func (c *FindCard) keys() ([]enroll.HMACKey, error) {
	if len(c.HMACKeyFiles) == 0 {
		return nil, settings.About("hmac-key-files", settings.ErrMissing)
	}

	keys, err := enroll.LoadHMACKeys(c.HMACKeyFiles...)

	return keys, settings.About("hmac-key-files", err)
}

// hashes are those under which the card may be kept: one for each key.
func hashes(keys []enroll.HMACKey, number pan.Number) [][]byte {
	all := make([][]byte, 0, len(keys))
	for _, key := range keys {
		all = append(all, key.OfCard(number))
	}

	return all
}

func kids(keys []enroll.HMACKey) string {
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key.Kid)
	}

	return strings.Join(names, ", ")
}

func (c *FindCard) show(streams cli.Streams, found []store.JobState) error {
	jobs := []cardJob{}

	for _, state := range found {
		job := inquiry.Of(state)
		jobs = append(jobs, cardJob{
			JobID: job.ID, Program: job.Program, Batch: job.Batch, Operation: job.Operation, Status: job.Status, Code: job.Code(),
			PAN: job.PAN, ExternalCardID: job.ExternalCardID, SrcDigitalCardID: job.SrcDigitalCardID,
			FirstSeenAt: job.FirstSeenAt, CompletedAt: job.CompletedAt,
		})
	}

	if c.JSON || len(jobs) == 0 {
		return c.Print(streams, jobs)
	}

	header := []string{"JOB", "PROGRAM", "OPERATION", "CARD", "FIRST SEEN", "CODE", "STATUS"}

	var rows [][]string
	for _, job := range jobs {
		rows = append(rows, []string{
			job.JobID, job.Program, job.Operation, job.PAN, job.FirstSeenAt.Format("2006-01-02 15:04:05Z"),
			cli.OrDash(job.Code), string(job.Status),
		})
	}

	err := cli.Fitted(streams.Out, func(w io.Writer, width int) { fmt.Fprint(w, layout.Table(width, header, rows)) })
	streams.Notef("each of them is shown by: submit job JOB_ID")

	return err
}

// errNoNumber is for an input that ends before a number.
var errNoNumber = errors.New("there is no card number on standard input; type it, or give a file that holds it: " +
	"worker find-card <FILE")
