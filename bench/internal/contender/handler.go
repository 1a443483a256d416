package contender

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// connections is how many a contender other than the product may have to Postgres; rows are written one by one.
const connections = 16

// handler does with one message what every contender but the product does: read it, open its seal, call, write a row.
type handler struct {
	keys    *jobs.KeyRing
	program enroll.Program
	client  *mastercard.Client
	rows    *pgxpool.Pool
}

func (s Setup) handler(ctx context.Context) (*handler, error) {
	keys, err := jobs.LoadKeyRing(s.Keys.Path(devkeys.IntakeKey))
	if err != nil {
		return nil, err
	}

	programs, err := enroll.LoadPrograms(s.Keys.Path(devkeys.Programs))
	if err != nil {
		return nil, err
	}

	client, err := s.client(ctx)
	if err != nil {
		return nil, err
	}

	rows, err := s.pool(ctx, connections)
	if err != nil {
		return nil, err
	}

	return &handler{keys: keys, program: programs[devkeys.Program], client: client, rows: rows}, nil
}

func (s Setup) client(ctx context.Context) (*mastercard.Client, error) {
	api := s.Keys.API(s.API, callTimeout)

	keys, err := api.Keys(ctx)
	if err != nil {
		return nil, err
	}

	return api.Client(keys, slog.New(slog.DiscardHandler))
}

func (s Setup) pool(ctx context.Context, most int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(s.Database)
	if err != nil {
		return nil, fmt.Errorf("the database's URL: %w", err)
	}

	config.MaxConns = most

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to Postgres: %w", err)
	}

	return pool, nil
}

// handle returns nil when the job has its row, so that its message can go.
func (h *handler) handle(ctx context.Context, body []byte) error {
	job, problem := jobs.Decode(body)
	if problem != nil {
		return fmt.Errorf("reading the job: %w", problem)
	}

	payload, problem := h.keys.Open(job.Sealed, time.Now())
	if problem != nil {
		return fmt.Errorf("opening the seal of job %s: %w", job.ID, problem)
	}

	answer := h.client.Enroll(ctx, h.request(payload))
	if answer.Verdict != mastercard.Enrolled {
		return fmt.Errorf("job %s: %v: %w", job.ID, answer.Verdict, answer.Err)
	}

	return h.write(ctx, job, answer)
}

func (h *handler) request(payload jobs.Payload) mastercard.EnrollRequest {
	consent := func(c *jobs.Consent) *mastercard.Consent {
		return &mastercard.Consent{
			AcceptedVersion: c.AcceptedVersion, LatestVersion: c.LatestVersion, LatestVersionURI: c.LatestVersionURI,
		}
	}

	return mastercard.EnrollRequest{
		SrcClientID: h.program.SrcClientID,
		ServiceID:   h.program.ServiceID,
		Card: mastercard.Card{
			PrimaryAccountNumber: payload.Card.PrimaryAccountNumber,
			PanExpirationMonth:   payload.Card.PanExpirationMonth,
			PanExpirationYear:    payload.Card.PanExpirationYear,
		},
		Consumer: mastercard.Consumer{
			ConsumerIdentity: mastercard.ConsumerIdentity{
				IdentityType:  mastercard.ConsumerIdentityType(h.program.ConsumerIdentity),
				IdentityValue: payload.Consumer.EmailAddress,
			},
			EmailAddress: payload.Consumer.EmailAddress,
			FirstName:    payload.Consumer.FirstName,
			LastName:     payload.Consumer.LastName,
		},
		Compliance: &mastercard.ComplianceSettings{
			Privacy: consent(h.program.Compliance.Privacy), Tnc: consent(h.program.Compliance.Tnc),
		},
	}
}
