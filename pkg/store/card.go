package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnrolledCard is a card as a job enrolled it.
type EnrolledCard struct {
	JobID            string // of the job that enrolled it
	SrcDigitalCardID string
	SrcFlowID        string    // of the answer that said so; may be empty
	EnrolledAt       time.Time // UTC
}

// By enrollments_card: a card has few jobs, of which few are looked at and sorted.
const findCardSQL = `
SELECT job_id, src_digital_card_id, src_flow_id, completed_at
FROM enrollments
WHERE external_card_id = $2 AND program = $1
  AND operation = 'enroll' AND status = 'enrolled' AND src_digital_card_id IS NOT NULL
ORDER BY completed_at DESC, job_id DESC
LIMIT 1`

// FindCard returns the card that a program's jobs enrolled last under the issuer's
// own key, and false when they enrolled none, or the API gave no id for it. What
// has become of the card since is not asked: it may have been taken out again.
//
// A key that is not kept as it is, being empty, longer than 255 characters or no
// UTF-8, is refused with ErrRequest: cut, it could be another card's.
func (s *Store) FindCard(ctx context.Context, program, externalCardID string) (EnrolledCard, bool, error) {
	if externalCardID == "" || externalCardID != sanitize(externalCardID, maxName) {
		return EnrolledCard{}, false, fmt.Errorf("finding a card: %w: an external card id has 1 to %d characters of UTF-8",
			ErrRequest, maxName)
	}

	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var card EnrolledCard

	err := s.db.queryRow(ctx, findCardSQL, []any{program, externalCardID},
		&card.JobID, &card.SrcDigitalCardID, nullText(&card.SrcFlowID), &card.EnrolledAt)

	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return EnrolledCard{}, false, nil
	case err != nil:
		return EnrolledCard{}, false, fmt.Errorf("finding a card of program %s: %w", program, err)
	}

	card.EnrolledAt = card.EnrolledAt.UTC()

	return card, true, nil
}
