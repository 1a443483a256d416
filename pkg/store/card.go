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
	SrcConsumerID    string    // of the card's consumer; may be empty
	SrcFlowID        string    // of the answer that said so; may be empty
	EnrolledAt       time.Time // UTC
}

// By enrollments_card: a card has few jobs, of which few are looked at and sorted. Jobs that push end as enrolled as well.
const findCardSQL = `
SELECT job_id, src_digital_card_id, src_consumer_id, src_flow_id, completed_at
FROM enrollments
WHERE external_card_id = $2 AND program = $1
  AND status = 'enrolled' AND src_digital_card_id IS NOT NULL
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

	return s.findCard(ctx, findCardSQL, program, externalCardID)
}

// By enrollments_consumer: a consumer has few cards.
const findConsumerSQL = `
SELECT job_id, coalesce(src_digital_card_id, ''), src_consumer_id, src_flow_id, completed_at
FROM enrollments
WHERE external_consumer_id = $2 AND program = $1
  AND status = 'enrolled' AND src_consumer_id IS NOT NULL
ORDER BY completed_at DESC, job_id DESC
LIMIT 1`

// FindConsumer returns the card that was enrolled last of the consumer with a key of the issuer's own and that named them, and
// false when there is none. What has become of them since is not asked. Keys are refused as by FindCard.
func (s *Store) FindConsumer(ctx context.Context, program, externalConsumerID string) (EnrolledCard, bool, error) {
	if externalConsumerID == "" || externalConsumerID != sanitize(externalConsumerID, maxName) {
		return EnrolledCard{}, false, fmt.Errorf("finding a consumer: %w: an external consumer id has 1 to %d characters of UTF-8",
			ErrRequest, maxName)
	}

	return s.findCard(ctx, findConsumerSQL, program, externalConsumerID)
}

// MostConsumers is of how many consumers FindConsumers tells at most.
const MostConsumers = 20

// By enrollments_consumer: a consumer has few cards.
const findConsumersSQL = `
SELECT job_id, card, src_consumer_id, src_flow_id, completed_at
FROM (
	SELECT DISTINCT ON (src_consumer_id)
	       job_id, coalesce(src_digital_card_id, '') AS card, src_consumer_id, src_flow_id, completed_at
	FROM enrollments
	WHERE external_consumer_id = $2 AND program = $1 AND status = 'enrolled' AND src_consumer_id IS NOT NULL
	ORDER BY src_consumer_id, completed_at DESC, job_id DESC
) AS each
ORDER BY completed_at DESC, job_id DESC
LIMIT $3`

// FindConsumers returns all consumers that the API has told of for a key of the issuer's own, each with the card that was
// enrolled last, the last enrolled first: the API knows one whose contact data were others as another one. It returns
// MostConsumers and one more where there are more than those. Keys are refused as by FindCard.
func (s *Store) FindConsumers(ctx context.Context, program, externalConsumerID string) ([]EnrolledCard, error) {
	if externalConsumerID == "" || externalConsumerID != sanitize(externalConsumerID, maxName) {
		return nil, fmt.Errorf("finding consumers: %w: an external consumer id has 1 to %d characters of UTF-8", ErrRequest, maxName)
	}

	all, err := list(ctx, s, findConsumersSQL, []any{program, externalConsumerID, MostConsumers + 1},
		func(row pgx.Rows, card *EnrolledCard) error {
			err := row.Scan(
				&card.JobID, &card.SrcDigitalCardID, nullText(&card.SrcConsumerID), nullText(&card.SrcFlowID), &card.EnrolledAt)
			card.EnrolledAt = card.EnrolledAt.UTC()

			return err
		})
	if err != nil {
		return nil, fmt.Errorf("finding consumers of program %s: %w", program, err)
	}

	return all, nil
}

func (s *Store) findCard(ctx context.Context, sql, program, key string) (EnrolledCard, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var card EnrolledCard

	err := s.db.queryRow(ctx, sql, []any{program, key},
		&card.JobID, &card.SrcDigitalCardID, nullText(&card.SrcConsumerID), nullText(&card.SrcFlowID), &card.EnrolledAt)

	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return EnrolledCard{}, false, nil
	case err != nil:
		return EnrolledCard{}, false, fmt.Errorf("finding a card of program %s: %w", program, err)
	}

	card.EnrolledAt = card.EnrolledAt.UTC()

	return card, true, nil
}
