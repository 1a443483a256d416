package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Whoever forgets a consumer has the lock alone, those who enroll them share it: each sees what the other has committed. It is
// tried and not waited for, as other jobs of the flush would wait as well. There are few locks, each for many consumers: hundreds
// of a flush, of many workers, would fill the server's table of locks. Who meets another consumer's lock tries again soon.
const lockConsumersSQL = `
SELECT q.at, CASE WHEN q.forgets
                  THEN pg_try_advisory_xact_lock(` + consumerLocks + `, q.lock)
                  ELSE pg_try_advisory_xact_lock_shared(` + consumerLocks + `, q.lock) END
FROM (SELECT at, forgets, (hashtextextended(program || '/' || consumer, 8) & 511)::integer AS lock
      FROM unnest($1::integer[], $2::text[], $3::text[], $4::boolean[]) AS n (at, program, consumer, forgets)) AS q`

// consumerLocks is the first of the two numbers of such a lock. Those of one number are others.
const consumerLocks = `1868851318`

// By enrollments_forgets, and of jobs that forget by enrollments_consumer: a consumer has few cards. One that is in doubt is not
// waited for, as only an operator ends it.
//
// One that found nobody looked before it came here: who was enrolled meanwhile is to be found.
//
// A job goes by the time that is in its row, if it has one: its message may be a retry, or a redrive of what was published before
// the consumer was forgotten. What is retried without an operator's word is not met here: the job that forgets has waited for it.
const consumerTurnsSQL = `
SELECT q.at,
       CASE WHEN q.forgets
            THEN EXISTS (SELECT FROM enrollments e
                         WHERE e.external_consumer_id = q.consumer AND e.program = q.program AND e.operation IN ('enroll', 'push')
                           AND (e.status IN ('in_progress', 'pending', 'retrying', 'submitted')
                                OR q.nobody AND e.status = 'enrolled' AND e.src_consumer_id IS NOT NULL))
            ELSE EXISTS (SELECT FROM enrollments e
                         WHERE e.external_consumer_id = q.consumer AND e.program = q.program AND e.operation = 'forget'
                           AND e.status = 'in_progress' AND e.lease_until > now()) END,
       NOT q.forgets
           AND EXISTS (SELECT FROM enrollments e
                       WHERE e.external_consumer_id = q.consumer AND e.program = q.program AND e.operation = 'forget'
                         AND e.status IN ('forgotten', 'not_enrolled', 'in_doubt') AND e.queued_at > q.queued_at)
FROM (SELECT n.at, n.program, n.consumer, n.forgets, n.nobody,
             coalesce((SELECT e.queued_at FROM enrollments e WHERE e.job_id = n.id), n.queued_at) AS queued_at
      FROM unnest($1::integer[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::timestamptz[], $7::boolean[])
        AS n (at, program, consumer, forgets, id, queued_at, nobody)) AS q`

// takeConsumerTurns notes which jobs may not be begun now for the sake of others of their consumer.
func (w *writer) takeConsumerTurns(ctx context.Context, entries []entry) error {
	var (
		mine    []int
		forgets = map[[2]string]int{} // entries that forget, by consumer
	)

	for i, e := range entries {
		if e.takesTurns() {
			mine = append(mine, i)
		}

		if e.takesTurns() && e.forgets() {
			forgets[e.consumer()] = i
		}
	}

	if len(mine) == 0 {
		return nil
	}

	for _, i := range mine { // a transaction does not lock out itself
		if first, forgotten := forgets[entries[i].consumer()]; forgotten && first != i {
			entries[i].busy = true
		}
	}

	if err := w.lockConsumers(ctx, entries, mine); err != nil {
		return err
	}

	return w.consumerTurns(ctx, entries, mine)
}

// consumer is the issuer's own consumer of a job.
func (e entry) consumer() [2]string { return [2]string{e.job.Program, e.job.ExternalConsumerID} }

// takesTurns reports whether the order of a consumer's jobs concerns the entry.
func (e entry) takesTurns() bool {
	return e.ordered && e.job.ExternalConsumerID != "" && (enrolls(e.job.Operation) || e.forgets())
}

// enrolls reports whether jobs of an operation have the API learn of a consumer.
func enrolls(operation string) bool {
	return operation == OperationEnroll || operation == OperationPush
}

func (e entry) forgets() bool { return e.job.Operation == OperationForget }

func (w *writer) lockConsumers(ctx context.Context, entries []entry, mine []int) error {
	rows, err := w.tx.Query(ctx, lockConsumersSQL, mine,
		column(mine, func(i int) string { return entries[i].job.Program }),
		column(mine, func(i int) string { return entries[i].job.ExternalConsumerID }),
		column(mine, func(i int) bool { return entries[i].forgets() }))
	if err != nil {
		return doing("locking whom jobs are about", err)
	}

	var (
		at     int
		locked bool
	)

	if _, err = pgx.ForEachRow(rows, []any{&at, &locked}, func() error {
		entries[at].busy = entries[at].busy || !locked

		return nil
	}); err != nil {
		return doing("locking whom jobs are about", err)
	}

	return nil
}

func (w *writer) consumerTurns(ctx context.Context, entries []entry, mine []int) error {
	rows, err := w.tx.Query(ctx, consumerTurnsSQL, mine,
		column(mine, func(i int) string { return entries[i].job.Program }),
		column(mine, func(i int) string { return entries[i].job.ExternalConsumerID }),
		column(mine, func(i int) bool { return entries[i].forgets() }),
		column(mine, func(i int) string { return entries[i].job.ID }),
		nullableTimes(mine, func(i int) time.Time { return entries[i].job.QueuedAt }),
		column(mine, func(i int) bool { return entries[i].nobody }))
	if err != nil {
		return doing("looking for other jobs of a consumer", err)
	}

	var (
		at  int
		now turn
	)

	if _, err = pgx.ForEachRow(rows, []any{&at, &now.busy, &now.passed}, func() error {
		entries[at].busy, entries[at].passed = entries[at].busy || now.busy, entries[at].passed || now.passed

		return nil
	}); err != nil {
		return doing("looking for other jobs of a consumer", err)
	}

	return nil
}
