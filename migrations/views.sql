-- The views that operators read. `worker migrate up` makes them after the migrations, and replaces what differs, so that a
-- change of a view is an edit of this file. A view begins at its mark, which names it and the first version of the schema that
-- has all it reads: when the schema goes back behind that, the view is dropped first. One that reads another comes after it.
-- Columns that are added stand at the end, where a view that others read can grow.

-- +view outcome_codes since 5
-- What went how, by program: SELECT * FROM outcome_codes WHERE program = 'acme' ORDER BY count DESC;
-- first and last say when a row first and last came to this status for this reason.
CREATE OR REPLACE VIEW outcome_codes AS
SELECT program, status, reason, detail,
       sum(count)::bigint AS count,
       min(first_at) AS first,
       max(last_at) AS last
FROM program_counts
GROUP BY program, status, reason, detail
HAVING sum(count) > 0;

-- +view batch_progress since 5
-- One line a batch, from the rollup. A batch that upstream systems named in their messages
-- appears as well, without what only a file's reader could count.
--
-- A batch's id reaches both tables: one batch is a few look-ups by primary key, however many batches there
-- are. (A condition does not get through a full join.)
CREATE OR REPLACE VIEW batch_progress AS
SELECT b.batch_id, b.program, b.source, b.rows_read, b.rows_rejected, b.rows_published, b.rows_duplicate,
       b.started_at, b.completed_at,
       c.seen, c.settled, c.in_progress, c.pending, c.retrying, c.in_doubt, c.enrolled, c.already_enrolled,
       c.rejected, c.invalid, c.expired, c.conflict, c.dead, c.canceled,
       c.last_at AS last_change_at,
       c.unenrolled, c.not_enrolled, c.submitted, c.updated, c.forgotten, c.superseded, c.pushed, c.purged
FROM (
    SELECT batch_id, program, source, rows_read, rows_rejected, rows_published, rows_duplicate, started_at, completed_at
    FROM batches
    UNION ALL
    -- Named by messages alone.
    SELECT n.batch_id, NULL, NULL, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint, NULL::timestamptz, NULL::timestamptz
    FROM (SELECT DISTINCT batch_id FROM batch_counts) AS n
    WHERE NOT EXISTS (SELECT FROM batches f WHERE f.batch_id = n.batch_id)
) AS b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(count), 0)::bigint AS seen,
           coalesce(sum(count) FILTER (WHERE status NOT IN ('in_progress', 'pending', 'retrying', 'submitted')), 0)::bigint AS settled,
           coalesce(sum(count) FILTER (WHERE status = 'in_progress'), 0)::bigint AS in_progress,
           coalesce(sum(count) FILTER (WHERE status = 'pending'), 0)::bigint AS pending,
           coalesce(sum(count) FILTER (WHERE status = 'retrying'), 0)::bigint AS retrying,
           coalesce(sum(count) FILTER (WHERE status = 'in_doubt'), 0)::bigint AS in_doubt,
           coalesce(sum(count) FILTER (WHERE status = 'enrolled'), 0)::bigint AS enrolled,
           coalesce(sum(count) FILTER (WHERE status = 'already_enrolled'), 0)::bigint AS already_enrolled,
           coalesce(sum(count) FILTER (WHERE status = 'rejected'), 0)::bigint AS rejected,
           coalesce(sum(count) FILTER (WHERE status = 'invalid'), 0)::bigint AS invalid,
           coalesce(sum(count) FILTER (WHERE status = 'expired'), 0)::bigint AS expired,
           coalesce(sum(count) FILTER (WHERE status = 'conflict'), 0)::bigint AS conflict,
           coalesce(sum(count) FILTER (WHERE status = 'dead'), 0)::bigint AS dead,
           coalesce(sum(count) FILTER (WHERE status = 'canceled'), 0)::bigint AS canceled,
           coalesce(sum(count) FILTER (WHERE status = 'unenrolled'), 0)::bigint AS unenrolled,
           coalesce(sum(count) FILTER (WHERE status = 'not_enrolled'), 0)::bigint AS not_enrolled,
           coalesce(sum(count) FILTER (WHERE status = 'submitted'), 0)::bigint AS submitted,
           coalesce(sum(count) FILTER (WHERE status = 'updated'), 0)::bigint AS updated,
           coalesce(sum(count) FILTER (WHERE status = 'forgotten'), 0)::bigint AS forgotten,
           coalesce(sum(count) FILTER (WHERE status = 'superseded'), 0)::bigint AS superseded,
           coalesce(sum(count) FILTER (WHERE status = 'pushed'), 0)::bigint AS pushed,
           coalesce(sum(count) FILTER (WHERE status = 'purged'), 0)::bigint AS purged,
           max(last_at) AS last_at
    FROM batch_counts
    WHERE batch_id = b.batch_id
) AS c;

-- +view unfinished since 5
-- What is begun and not ended. kind 'attempt': a call without a result; once overdue is above zero
-- nobody holds it and its result is unknown. kind 'retry': due and not taken yet. kind 'pending':
-- handed back without a result and not taken yet. kind 'submitted': in a batch of the API that should
-- have had its result by now (api_batches_open has those that may still come). Long overdue means that no worker takes jobs,
-- or that the message is gone.
CREATE OR REPLACE VIEW unfinished AS
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
FROM enrollments WHERE status = 'pending'
UNION ALL
SELECT 'submitted', job_id, program, batch_id, attempts, worker, trace_id,
       updated_at, next_attempt_at, now() - next_attempt_at
FROM enrollments WHERE status = 'submitted' AND next_attempt_at < now();

-- +view api_batches_open since 15
-- The batches that the API has taken and whose results are not all there, with the jobs that wait for one.
CREATE OR REPLACE VIEW api_batches_open AS
SELECT b.program, b.api_batch_id, b.worker, b.records,
       (SELECT count(*) FROM enrollments e
        WHERE e.api_batch_id = b.api_batch_id AND e.program = b.program AND e.status = 'submitted') AS waiting,
       b.submitted_at, now() - b.submitted_at AS age, b.polls, b.polled_at, b.api_status, b.next_poll_at
FROM api_batches b WHERE b.completed_at IS NULL;

-- +view acts since 20
-- What operators did, a line an act: SELECT * FROM acts ORDER BY at DESC LIMIT 20;
-- status 'begun': it goes on, or was killed, and nobody knows how far it came.
CREATE OR REPLACE VIEW acts AS
SELECT a.id, a.at, a.who, a.as_name, a.host, a.act, a.program, a.scope, a.why,
       coalesce(e.status, 'begun') AS status, e.result, coalesce(e.counts, '{}') AS counts, e.finished_at
FROM operator_acts a LEFT JOIN operator_act_ends e ON e.act_id = a.id;

-- +view outcomes_by_hour since 26
-- How many jobs came to which end in which hour, by program. Sum the counts, as the hour that is now may be in two parts:
-- SELECT hour, sum(count) FROM outcomes_by_hour WHERE hour > now() - interval '1 day' GROUP BY hour ORDER BY hour;
-- The rows of the last minutes are counted when they are asked for, the others are counted already.
CREATE OR REPLACE VIEW outcomes_by_hour AS
SELECT hour, program, status, reason, detail, count, first_at AS first, last_at AS last
FROM hourly_outcomes
UNION ALL
SELECT date_trunc('hour', completed_at, 'UTC'), program, status,
       CASE WHEN coalesce(error_reason, '') = '' THEN '' WHEN error_reason ~ '^[A-Z][A-Z0-9_-]{0,63}$' THEN error_reason ELSE 'OTHER' END,
       CASE WHEN coalesce(error_detail, '') = '' THEN '' WHEN error_detail ~ '^[A-Z][A-Z0-9_-]{0,63}$' THEN error_detail ELSE 'OTHER' END,
       count(*), min(completed_at), max(completed_at)
FROM enrollments WHERE completed_at >= (SELECT until FROM rolled_up)
GROUP BY 1, 2, 3, 4, 5;

-- +view outcomes_by_minute since 26
-- How many jobs came to which end in which minute of the last week, by program. Sum the counts, as above:
-- SELECT minute, sum(count) FROM outcomes_by_minute WHERE minute > now() - interval '1 hour' GROUP BY minute ORDER BY minute;
CREATE OR REPLACE VIEW outcomes_by_minute AS
SELECT minute, program, status, count FROM minutely_outcomes
UNION ALL
SELECT date_trunc('minute', completed_at), program, status, count(*)
FROM enrollments WHERE completed_at >= (SELECT until FROM rolled_up)
GROUP BY 1, 2, 3;
