-- +goose Up

-- Batches of Mastercard's API: many jobs in one call, whose results are asked for later. Meanwhile the jobs are "submitted".
--
-- Workers of the program before this one go on meanwhile, but do not know the status: turn the batch lane of a program on when
-- none of them runs any more. Nothing here reads a table; the constraints hold for new rows at once.
SET LOCAL lock_timeout = '3s';

CREATE TABLE api_batches (
    program      text COLLATE "C" NOT NULL,
    api_batch_id text COLLATE "C" NOT NULL CHECK (octet_length(api_batch_id) BETWEEN 1 AND 255),
    worker       text,
    records      integer NOT NULL CHECK (records > 0),
    submitted_at timestamptz NOT NULL,
    polls        integer NOT NULL DEFAULT 0 CHECK (polls >= 0),
    polled_at    timestamptz,
    -- As the API named it when it was last asked.
    api_status   text,
    -- When it may be asked again; NULL once no job waits for it.
    next_poll_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (program, api_batch_id)
);

-- Those that are not at their end, the longest first.
CREATE INDEX api_batches_incomplete ON api_batches (submitted_at) WHERE completed_at IS NULL;

ALTER TABLE enrollments
    ADD COLUMN api_batch_id text COLLATE "C",
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'submitted', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')) NOT VALID,
    DROP CONSTRAINT enrollments_retry,
    ADD CONSTRAINT enrollments_retry CHECK (status NOT IN ('retrying', 'submitted') OR next_attempt_at IS NOT NULL) NOT VALID,
    DROP CONSTRAINT enrollments_completed,
    ADD CONSTRAINT enrollments_completed CHECK ((completed_at IS NOT NULL) =
        (status NOT IN ('in_progress', 'pending', 'retrying', 'submitted', 'in_doubt'))) NOT VALID;

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'submitted', 'rejected', 'retry',
        'throttled', 'unknown', 'halted')) NOT VALID;

-- +goose Down

-- Refused while jobs wait for the result of a batch: the program before would send them once more.
SET LOCAL lock_timeout = '3s';
LOCK TABLE enrollments, attempts IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM enrollments WHERE status = 'submitted') THEN
        RAISE EXCEPTION 'there are jobs with the status submitted, which the older program would send once more; '
            'let the workers run until they have their results';
    END IF;
END $$;
-- +goose StatementEnd

-- What came of such attempts is in their jobs' rows, or unknown.
UPDATE attempts SET verdict = 'unknown' WHERE verdict = 'submitted';
DELETE FROM batch_counts WHERE status = 'submitted';
DELETE FROM program_counts WHERE status = 'submitted';

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'retry',
        'throttled', 'unknown', 'halted'));

ALTER TABLE enrollments
    DROP CONSTRAINT enrollments_completed,
    ADD CONSTRAINT enrollments_completed CHECK ((completed_at IS NOT NULL) =
        (status NOT IN ('in_progress', 'pending', 'retrying', 'in_doubt'))),
    DROP CONSTRAINT enrollments_retry,
    ADD CONSTRAINT enrollments_retry CHECK (status <> 'retrying' OR next_attempt_at IS NOT NULL),
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')),
    DROP COLUMN api_batch_id;

DROP TABLE api_batches;
