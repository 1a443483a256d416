-- +goose Up

-- A job has an operation: enroll a card, or take one out again.
--
-- Workers of the program before this one go on meanwhile: rows that they insert get the default.
-- Nothing here reads a table. The columns need no rewrite, and the constraints hold for new rows
-- at once and for old ones when the next step has looked, in a transaction of its own: it would
-- otherwise look under this one's locks, which stop everybody.
--
-- These locks wait behind whoever reads the tables, and everybody else waits behind them. So they
-- are not waited for longer than workers are patient; longer than a second, though, after which
-- Postgres makes an autovacuum give way.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments
    ADD COLUMN operation text COLLATE "C" NOT NULL DEFAULT 'enroll',
    -- X-Src-Cx-Flow-Id of the last answer: sent back, it leads the next call to the site that gave it.
    ADD COLUMN src_flow_id text,
    ADD CONSTRAINT enrollments_operation CHECK (operation IN ('enroll', 'unenroll')) NOT VALID,
    ADD CONSTRAINT enrollments_src_flow_id CHECK (char_length(src_flow_id) <= 255) NOT VALID,
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')) NOT VALID;

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'retry',
        'throttled', 'unknown', 'halted')) NOT VALID;

-- No index for the card that an unenrollment names by the issuer's key: enrollments_card leads to
-- the few jobs of one card, and another index would cost each of the many enrollments a write.

-- As before, with two columns at the end, where a view that is in use can grow.
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

-- +goose Down

-- Refused while there are unenrollments: the schema before cannot tell them from enrollments, and to
-- delete what was done to cards is not this step's to decide. Nobody works during it: this program
-- needs the columns, and the one before refuses the newer version. So it may read the tables under
-- its locks.
SET LOCAL lock_timeout = '3s';
LOCK TABLE enrollments, attempts IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM enrollments WHERE operation = 'unenroll' OR status IN ('unenrolled', 'not_enrolled'))
        OR EXISTS (SELECT FROM attempts WHERE verdict IN ('unenrolled', 'not_enrolled')) THEN
        RAISE EXCEPTION 'there are unenrollments, which the older schema cannot hold; keep what you need of them, then delete '
            'from attempts the rows of their jobs, and from enrollments those with operation ''unenroll''';
    END IF;
END $$;
-- +goose StatementEnd

-- What is left of deleted unenrollments in the rollups, under names that the program before does not know.
DELETE FROM batch_counts WHERE status IN ('unenrolled', 'not_enrolled');
DELETE FROM program_counts WHERE status IN ('unenrolled', 'not_enrolled');

DROP VIEW batch_progress;

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'rejected', 'retry',
        'throttled', 'unknown', 'halted'));

ALTER TABLE enrollments
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'in_doubt',
        'enrolled', 'already_enrolled', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')),
    DROP COLUMN src_flow_id,
    DROP COLUMN operation;

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
