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
