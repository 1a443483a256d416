package store

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// maxSubject is enough for an id of Mastercard's, or a hash.
const maxSubject = maxName

// turn says why a job that changes something is not begun: zero when it may be.
type turn struct {
	busy   bool // another job of its subject is being called
	passed bool // a later job of its subject has been carried out, or may have been
}

// Jobs of one subject are decided on one after the other: whoever has the lock sees what the others have committed. It is tried
// and not waited for, as the other jobs of the flush would wait as well.
const lockSubjectSQL = `SELECT pg_try_advisory_xact_lock(hashtextextended($1 || '/' || $2, 7))`

// By enrollments_subject: a card or a consumer has few changes. A job that has a row goes by the time that is in it: its message
// may be a retry. One that forgets is not passed by an update: made in their order, the two would leave nobody, and it is the law
// that asks for the forgetting.
const turnsSQL = `
SELECT q.id,
       EXISTS (SELECT FROM enrollments e
               WHERE e.program = q.program AND e.subject = q.subject AND e.job_id <> q.id
                 AND e.status = 'in_progress' AND e.lease_until > now()),
       EXISTS (SELECT FROM enrollments e
               WHERE e.program = q.program AND e.subject = q.subject AND e.job_id <> q.id
                 AND e.status IN ('updated', 'forgotten', 'in_doubt') AND (e.queued_at, e.job_id) > (q.queued_at, q.id)
                 AND (q.operation <> 'forget' OR e.operation = 'forget'))
FROM (SELECT n.id, n.program, n.subject, n.operation,
             coalesce((SELECT e.queued_at FROM enrollments e WHERE e.job_id = n.id), n.queued_at) AS queued_at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
        AS n (id, program, subject, queued_at, operation)) AS q`

// takeTurns notes which entries may not be begun now. It is asked for jobs that have a subject alone, which few have.
func (w *writer) takeTurns(ctx context.Context, entries []entry) error {
	var mine []*entry

	for i := range entries {
		if entries[i].job.Subject != "" {
			mine = append(mine, &entries[i])
		}
	}

	if len(mine) == 0 {
		return nil
	}

	// In one order, so that two transactions that want the same locks do not each get one of them again and again.
	slices.SortStableFunc(mine, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.job.Program, b.job.Program), cmp.Compare(a.job.Subject, b.job.Subject),
			a.job.QueuedAt.Compare(b.job.QueuedAt))
	})

	for i, e := range mine {
		locked := i == 0 || mine[i-1].job.Program != e.job.Program || mine[i-1].job.Subject != e.job.Subject
		if locked {
			if err := w.tx.QueryRow(ctx, lockSubjectSQL, e.job.Program, e.job.Subject).Scan(&locked); err != nil {
				return doing("locking what a job changes", err)
			}
		}

		e.busy = !locked // by another transaction, or an entry before it
	}

	return w.turns(ctx, mine)
}

func (w *writer) turns(ctx context.Context, entries []*entry) error {
	rows, err := w.tx.Query(ctx, turnsSQL,
		column(entries, func(e *entry) string { return e.job.ID }),
		column(entries, func(e *entry) string { return e.job.Program }),
		column(entries, func(e *entry) string { return e.job.Subject }),
		nullableTimes(entries, func(e *entry) time.Time { return e.job.QueuedAt }),
		column(entries, func(e *entry) string { return e.job.Operation }))
	if err != nil {
		return doing("looking for other changes", err)
	}
	defer rows.Close()

	found := map[string]turn{}

	for rows.Next() {
		var (
			id  string
			now turn
		)
		if err := rows.Scan(&id, &now.busy, &now.passed); err != nil {
			return doing("reading other changes", err)
		}

		found[id] = now
	}

	for _, e := range entries {
		e.busy, e.passed = e.busy || found[e.job.ID].busy, found[e.job.ID].passed
	}

	if err := rows.Err(); err != nil {
		return doing("reading other changes", err)
	}

	return nil
}
