-- +goose Up

-- What went how, by program: SELECT * FROM outcome_codes WHERE program = 'acme' ORDER BY count DESC;
-- first and last say when a row first and last came to this status for this reason.
CREATE VIEW outcome_codes AS
SELECT program, status, reason, detail,
       sum(count)::bigint AS count,
       min(first_at) AS first,
       max(last_at) AS last
FROM program_counts
GROUP BY program, status, reason, detail
HAVING sum(count) > 0;

-- One line a batch, from the rollup. A batch that upstream systems named in their messages
-- appears as well, without what only a file's reader could count.
CREATE VIEW batch_progress AS
SELECT coalesce(b.batch_id, c.batch_id) AS batch_id,
       b.program, b.source, b.rows_read, b.rows_rejected, b.rows_published, b.rows_duplicate,
       b.started_at, b.completed_at,
       coalesce(c.seen, 0) AS seen,
       coalesce(c.settled, 0) AS settled,
       coalesce(c.in_progress, 0) AS in_progress,
       coalesce(c.pending, 0) AS pending,
       coalesce(c.retrying, 0) AS retrying,
       coalesce(c.in_doubt, 0) AS in_doubt,
       coalesce(c.enrolled, 0) AS enrolled,
       coalesce(c.already_enrolled, 0) AS already_enrolled,
       coalesce(c.rejected, 0) AS rejected,
       coalesce(c.invalid, 0) AS invalid,
       coalesce(c.expired, 0) AS expired,
       coalesce(c.conflict, 0) AS conflict,
       coalesce(c.dead, 0) AS dead,
       coalesce(c.canceled, 0) AS canceled,
       c.last_at AS last_change_at
FROM batches b
FULL JOIN (
    SELECT batch_id,
           sum(count)::bigint AS seen,
           (sum(count) FILTER (WHERE status NOT IN ('in_progress', 'pending', 'retrying')))::bigint AS settled,
           (sum(count) FILTER (WHERE status = 'in_progress'))::bigint AS in_progress,
           (sum(count) FILTER (WHERE status = 'pending'))::bigint AS pending,
           (sum(count) FILTER (WHERE status = 'retrying'))::bigint AS retrying,
           (sum(count) FILTER (WHERE status = 'in_doubt'))::bigint AS in_doubt,
           (sum(count) FILTER (WHERE status = 'enrolled'))::bigint AS enrolled,
           (sum(count) FILTER (WHERE status = 'already_enrolled'))::bigint AS already_enrolled,
           (sum(count) FILTER (WHERE status = 'rejected'))::bigint AS rejected,
           (sum(count) FILTER (WHERE status = 'invalid'))::bigint AS invalid,
           (sum(count) FILTER (WHERE status = 'expired'))::bigint AS expired,
           (sum(count) FILTER (WHERE status = 'conflict'))::bigint AS conflict,
           (sum(count) FILTER (WHERE status = 'dead'))::bigint AS dead,
           (sum(count) FILTER (WHERE status = 'canceled'))::bigint AS canceled,
           max(last_at) AS last_at
    FROM batch_counts
    GROUP BY batch_id
) c ON c.batch_id = b.batch_id;

-- What is begun and not ended. kind 'attempt': a call without a result; once overdue is above zero
-- nobody holds it and its result is unknown. kind 'retry': due and not taken yet. kind 'pending':
-- handed back without a result and not taken yet. Long overdue means that no worker takes jobs,
-- or that the message is gone.
CREATE VIEW unfinished AS
SELECT 'attempt' AS kind, job_id, program, batch_id, attempts AS attempt, worker, trace_id,
       attempt_started_at AS since, lease_until AS due_at,
       greatest(now() - lease_until, interval '0') AS overdue
FROM enrollments WHERE status = 'in_progress'
UNION ALL
SELECT 'retry', job_id, program, batch_id, attempts, worker, trace_id,
       updated_at, next_attempt_at, now() - next_attempt_at
FROM enrollments WHERE status = 'retrying' AND next_attempt_at < now()
UNION ALL
SELECT 'pending', job_id, program, batch_id, attempts, worker, trace_id,
       updated_at, updated_at, now() - updated_at
FROM enrollments WHERE status = 'pending';

-- +goose Down
DROP VIEW unfinished;
DROP VIEW batch_progress;
DROP VIEW outcome_codes;
