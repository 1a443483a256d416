package service

import (
	"context"
	"fmt"
	"log/slog"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/store"
)

// CardReader asks Mastercard what it holds of a card.
type CardReader struct {
	client   *mastercard.Client
	programs map[string]enroll.Program
}

// NewCardReader makes one of the settings that a worker has. Its error names each that is missing or wrong.
func NewCardReader(ctx context.Context, api API, programsFile string, more ...error) (*CardReader, error) {
	keys, errKeys := api.Keys(ctx)
	programs, errPrograms := Worker{ProgramsFile: programsFile}.Programs()

	if err := settings.Faults(append([]error{errKeys, errPrograms, api.Check()}, more...)...); err != nil {
		return nil, err
	}

	loaded, programs, err := api.profiles(programs, profile.ReadCard)
	if err != nil {
		return nil, settings.Faults(err)
	}

	client, err := api.Client(keys, slog.New(slog.DiscardHandler), loaded...)
	if err != nil {
		return nil, err
	}

	return &CardReader{client: client, programs: programs}, api.CheckAuth(programs, keys)
}

// Read asks for the card of a job's row.
func (r *CardReader) Read(ctx context.Context, row store.Row) (mastercard.Answer, error) {
	program, known := r.programs[row.Program]

	switch {
	case !known:
		return mastercard.Answer{}, fmt.Errorf("job %s is of program %s, which the programs file does not have", row.JobID, row.Program)
	case row.SrcDigitalCardID == "" && (program.DirectoryID == "" || row.ExternalCardID == ""):
		return mastercard.Answer{}, fmt.Errorf("job %s is %s, and Mastercard has told no id of a card for it", row.JobID, row.Status)
	}

	return r.client.ReadCard(ctx, program.ReadRequest(row)), nil
}
