-- +goose Up

-- As before, in a form in which a batch's id reaches both tables: one batch is a few look-ups by primary
-- key, however many batches there are. (A condition does not get through a full join.)
SET LOCAL lock_timeout = '3s';

CREATE OR REPLACE VIEW batch_progress AS
SELECT b.batch_id, b.program, b.source, b.rows_read, b.rows_rejected, b.rows_published, b.rows_duplicate,
       b.started_at, b.completed_at,
       c.seen, c.settled, c.in_progress, c.pending, c.retrying, c.in_doubt, c.enrolled, c.already_enrolled,
       c.rejected, c.invalid, c.expired, c.conflict, c.dead, c.canceled,
       c.last_at AS last_change_at,
       c.unenrolled, c.not_enrolled
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
           coalesce(sum(count) FILTER (WHERE status NOT IN ('in_progress', 'pending', 'retrying')), 0)::bigint AS settled,
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
           max(last_at) AS last_at
    FROM batch_counts
    WHERE batch_id = b.batch_id
) AS c;

-- +goose Down
SET LOCAL lock_timeout = '3s';

CREATE OR REPLACE VIEW batch_progress AS
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
       c.last_at AS last_change_at,
       coalesce(c.unenrolled, 0) AS unenrolled,
       coalesce(c.not_enrolled, 0) AS not_enrolled
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
           (sum(count) FILTER (WHERE status = 'unenrolled'))::bigint AS unenrolled,
           (sum(count) FILTER (WHERE status = 'not_enrolled'))::bigint AS not_enrolled,
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
