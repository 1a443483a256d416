package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// ActStatus is how an operator's act stands.
type ActStatus string

// The statuses of acts.
const (
	ActBegun       ActStatus = "begun"       // it goes on, or was killed
	ActDone        ActStatus = "done"        // it did what it should
	ActRefused     ActStatus = "refused"     // what was to be changed does not stand as it should
	ActInterrupted ActStatus = "interrupted" // by the operator; what was done so far is counted
	ActFailed      ActStatus = "failed"
)

// OperatorAct is what an operator did. It is never changed once it is kept.
type OperatorAct struct {
	ActEnd

	ID int64
	At time.Time // UTC by Postgres' clock, as all times

	Who    string // the user of the machine, or the one who is signed in
	AsName string // the name that was given beside it; empty: none
	Host   string // from where

	Act     string // one word of a-z and -, such as pause
	Program string // empty: all, or none
	Scope   string // what it was about
	Why     string

	FinishedAt time.Time // zero: it has not ended
}

// ActEnd is how an act ended.
type ActEnd struct {
	Status ActStatus
	Result string           // in words
	Counts map[string]int64 // such as jobs: 17
}

// The table of ends has no row for an act that goes on, so both are only added to.
const (
	beginActSQL = `
INSERT INTO operator_acts (who, as_name, host, act, program, scope, why) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`

	endActSQL = `
INSERT INTO operator_act_ends (act_id, status, result, counts) VALUES ($1, $2, $3, $4) ON CONFLICT (act_id) DO NOTHING`

	operatorActsSQL = `
SELECT id, at, who, as_name, host, act, program, scope, why, status, result, counts, finished_at
FROM acts
WHERE at >= $1 AND ($2::interval IS NULL OR at >= now() - $2::interval) AND ($3 = '' OR program = $3) AND ($4 = 0 OR id < $4)
ORDER BY at DESC, id DESC LIMIT $5`
)

// BeginAct keeps that an operator begins an act, before its first effect, and returns the number by which its end is kept. Of
// the act it takes who, from where, what and why. Texts are masked and cut like those of failures.
func (s *Store) BeginAct(ctx context.Context, a OperatorAct) (id int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.db.queryRow(ctx, beginActSQL, []any{
		sanitizeExternal(a.Who, maxName), zeronull.Text(sanitizeExternal(a.AsName, maxName)), sanitizeExternal(a.Host, maxName),
		sanitize(a.Act, maxCode), zeronull.Text(sanitizeExternal(a.Program, maxName)),
		zeronull.Text(sanitizeExternal(a.Scope, maxMessage)), zeronull.Text(sanitizeExternal(a.Why, maxMessage)),
	}, &id)
	if err != nil {
		return 0, fmt.Errorf("keeping the act %s: %w", sanitizeExternal(a.Act, maxCode), err)
	}

	return id, nil
}

// EndAct keeps how an act ended. The first end stands.
func (s *Store) EndAct(ctx context.Context, id int64, end ActEnd) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	counts := end.Counts
	if counts == nil {
		counts = map[string]int64{}
	}

	err := s.db.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, endActSQL, id, string(end.Status), zeronull.Text(sanitizeExternal(end.Result, maxMessage)), counts)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping how act %d ended: %w", id, err)
	}

	return nil
}

// ActFilter says which acts are listed.
type ActFilter struct {
	Since   time.Time     // zero: all
	MaxAge  time.Duration // by Postgres' clock; zero: all
	Program string        // empty: all
	Before  int64         // only acts with a lower number, for the next page; zero: all
	Limit   int
}

// OperatorActs returns acts, the latest first.
func (s *Store) OperatorActs(ctx context.Context, f ActFilter) ([]OperatorAct, error) {
	all, err := list(ctx, s, operatorActsSQL, []any{f.Since.UTC(), orNull(f.MaxAge), f.Program, f.Before, f.Limit},
		func(row pgx.Rows, a *OperatorAct) error {
			err := row.Scan(&a.ID, &a.At, &a.Who, nullText(&a.AsName), &a.Host, &a.Act, nullText(&a.Program), nullText(&a.Scope),
				nullText(&a.Why), &a.Status, nullText(&a.Result), &a.Counts, nullTime(&a.FinishedAt))
			a.At, a.FinishedAt = a.At.UTC(), a.FinishedAt.UTC()

			return err
		})
	if err != nil {
		return nil, fmt.Errorf("listing acts: %w", err)
	}

	return all, nil
}
