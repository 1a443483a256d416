package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Card is worker card. It is no command of submit: that has no credentials of Mastercard's, and links nothing that calls it.
type Card struct {
	settings.Database `embed:""`
	service.API       `embed:""`
	cli.ForPrograms   `embed:""`

	ProgramsFile string `name:"programs-file" placeholder:"FILE" help:"The issuer programs and how their jobs are treated (JSON)."`

	Job string `arg:"" name:"job" placeholder:"JOB_ID" help:"The id of the job that enrolled the card."`
}

var errNoSuchJob = errors.New("no worker has seen such a job")

var errNotThere = errors.New("no such card at Mastercard: it was taken out, or the job is of another environment or program")

// cardReport is what is printed for programs.
type cardReport struct {
	Job        jobReport              `json:"job"`
	Mastercard *mastercard.MaskedCard `json:"mastercard,omitempty"`
	Verdict    mastercard.Verdict     `json:"verdict"`
	Error      string                 `json:"error,omitempty"`
	Notes      []string               `json:"notes,omitempty"`
}

// jobReport is what is known here.
type jobReport struct {
	ID                   string       `json:"id"`
	Program              string       `json:"program"`
	Status               store.Status `json:"status"`
	ExternalConsumerID   string       `json:"external_consumer_id,omitempty"`
	ExternalCardID       string       `json:"external_card_id,omitempty"`
	SrcDigitalCardID     string       `json:"src_digital_card_id,omitempty"`
	TokenUniqueReference string       `json:"token_unique_reference,omitempty"`
	First6               string       `json:"pan_first6,omitempty"`
	Last4                string       `json:"pan_last4,omitempty"`
}

// Run asks for the card.
func (c *Card) Run(ctx context.Context, streams cli.Streams) error {
	reader, err := service.NewCardReader(ctx, c.API, c.ProgramsFile, c.Database.Check())
	if err != nil {
		return fmt.Errorf("asking Mastercard needs the settings of a worker: %w", err)
	}

	ledger, err := c.Open(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer ledger.Close()

	rows, err := ledger.Rows(ctx, []string{c.Job})
	if err != nil {
		return err
	}

	row, found := rows[c.Job]
	if !found {
		return fmt.Errorf("job %s: %w", pan.MaskText(c.Job), errNoSuchJob)
	}

	answer, err := reader.Read(ctx, row)
	if err != nil {
		return err
	}

	notes, err := notesOn(ctx, ledger, row, answer)
	if err != nil {
		return err
	}

	if err := c.show(streams, row, answer, notes); err != nil {
		return err
	}

	switch answer.Verdict {
	case mastercard.Enrolled:
		return nil
	case mastercard.NotEnrolled:
		return errNotThere
	default:
		return fmt.Errorf("no answer on the card (%s): %s; %s", answer.Verdict, said(answer), answer.Advice)
	}
}

// notesOn says where the row and Mastercard differ, and where the card was enrolled anew.
func notesOn(ctx context.Context, ledger *store.Store, row store.Row, answer mastercard.Answer) ([]string, error) {
	var notes []string

	if card := answer.Card; card != nil {
		theirs := strings.TrimLeft(card.PanLastFour, "*xX. -")
		if row.PANLast4 != "" && len(theirs) == len(row.PANLast4) && theirs != row.PANLast4 {
			notes = append(notes, "the card's last digits are others than those of the job")
		}
	}

	if row.ExternalCardID == "" {
		return notes, nil
	}

	last, found, err := ledger.FindCard(ctx, row.Program, row.ExternalCardID)
	if err == nil && found && last.SrcDigitalCardID != row.SrcDigitalCardID {
		notes = append(notes, fmt.Sprintf("job %s enrolled the card of this external_card_id last, as %s",
			last.JobID, last.SrcDigitalCardID))
	}

	return notes, err
}

func said(answer mastercard.Answer) string {
	failure := answer.Failure

	return strings.Join(strings.Fields(failure.Source+" "+failure.Reason+" "+failure.Detail+" "+failure.Message), " ")
}

func (c *Card) show(streams cli.Streams, row store.Row, answer mastercard.Answer, notes []string) error {
	if c.JSON {
		report := cardReport{Mastercard: answer.Card, Verdict: answer.Verdict, Notes: notes, Job: jobReport{
			ID: row.JobID, Program: row.Program, Status: row.Status,
			ExternalConsumerID: row.ExternalConsumerID, ExternalCardID: row.ExternalCardID,
			SrcDigitalCardID: row.SrcDigitalCardID, TokenUniqueReference: row.TokenUniqueReference,
			First6: row.PANFirst6, Last4: row.PANLast4,
		}}
		if answer.Verdict != mastercard.Enrolled {
			report.Error = said(answer)
		}

		return c.Print(streams, report)
	}

	theirs := answer.Card
	if theirs == nil {
		theirs = &mastercard.MaskedCard{}
	}

	expiry := strings.Trim(theirs.PanExpirationMonth+"/"+theirs.PanExpirationYear, "/")
	table := [][]string{
		{"status", string(row.Status), theirs.DigitalCardData.Status},
		{"pending", "", strings.Join(theirs.DigitalCardData.PendingEvents, ", ")},
		{"first digits", row.PANFirst6, theirs.PanBin},
		{"last digits", row.PANLast4, theirs.PanLastFour},
		{"expiry", "", expiry},
		{"card id", row.SrcDigitalCardID, theirs.SrcDigitalCardID},
		{"token reference", row.TokenUniqueReference, theirs.TokenUniqueReference},
		{"kind", "", strings.TrimSpace(theirs.PaymentCardDescriptor + " " + theirs.PaymentCardType)},
		{"created", "", theirs.DateOfCardCreated},
		{"last used", "", theirs.DateOfCardLastUsed},
	}

	for _, line := range table {
		line[1], line[2] = cli.OrDash(line[1]), cli.OrDash(line[2])
	}

	if err := cli.Fitted(streams.Out, func(w io.Writer, width int) {
		if header := []string{"", "JOB " + row.JobID, "MASTERCARD"}; layout.Fits(width, header, table) {
			fmt.Fprint(w, layout.Table(width, header, table))
		} else {
			fmt.Fprint(w, layout.Wrap("job "+row.JobID+"\n"+besideEachOther(table), width))
		}
	}); err != nil {
		return err
	}

	for _, note := range notes {
		streams.Notef("note: %s", note)
	}

	return nil
}

// besideEachOther says in a line each what is known here and at Mastercard, for terminals that are too narrow for columns.
func besideEachOther(table [][]string) string {
	var b strings.Builder

	for _, line := range table {
		name, ours, theirs := line[0], line[1], line[2]

		switch {
		case ours == "-" && theirs == "-":
		case ours == "-":
			fmt.Fprintf(&b, "%s: at Mastercard %s\n", name, theirs)
		case ours == theirs:
			fmt.Fprintf(&b, "%s: %s, the same at Mastercard\n", name, ours)
		default:
			fmt.Fprintf(&b, "%s: %s, at Mastercard %s\n", name, ours, theirs)
		}
	}

	return b.String()
}
