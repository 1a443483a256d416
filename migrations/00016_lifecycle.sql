-- +goose Up

-- Jobs that update a card or a consumer, and that forget a consumer.
--
-- Workers of the program before this one go on meanwhile: they do not know the operations, and end such jobs as invalid. Have
-- them published when none of them runs any more. Nothing here reads a table; the constraints hold for new rows at once.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments
    -- Mastercard's name for the consumer, which leads from the issuer's own key to their profile.
    ADD COLUMN src_consumer_id text COLLATE "C",
    -- What a job changes, in its program: a card or a consumer. Those of one subject are called one after the other.
    ADD COLUMN subject text COLLATE "C",
    -- When the queue took the job, by its clock: which of two changes is the later one.
    ADD COLUMN queued_at timestamptz,
    DROP CONSTRAINT enrollments_operation,
    ADD CONSTRAINT enrollments_operation CHECK (operation IN ('enroll', 'unenroll', 'update', 'forget')) NOT VALID,
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'submitted', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'superseded', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')) NOT VALID;

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'submitted', 'rejected', 'retry',
        'throttled', 'unknown', 'halted')) NOT VALID;

-- +goose Down

-- Refused while there are such jobs: the schema before cannot tell them from enrollments.
SET LOCAL lock_timeout = '3s';
LOCK TABLE enrollments, attempts IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM enrollments WHERE operation IN ('update', 'forget') OR status IN ('updated', 'forgotten', 'superseded'))
        OR EXISTS (SELECT FROM attempts WHERE verdict IN ('updated', 'forgotten')) THEN
        RAISE EXCEPTION 'there are jobs that update or forget, which the older schema cannot hold; keep what you need of them, then '
            'delete from attempts the rows of their jobs, and from enrollments those with operation ''update'' or ''forget''';
    END IF;
END $$;
-- +goose StatementEnd

DELETE FROM batch_counts WHERE status IN ('updated', 'forgotten', 'superseded');
DELETE FROM program_counts WHERE status IN ('updated', 'forgotten', 'superseded');

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'submitted', 'rejected', 'retry',
        'throttled', 'unknown', 'halted'));

ALTER TABLE enrollments
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'submitted', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')),
    DROP CONSTRAINT enrollments_operation,
    ADD CONSTRAINT enrollments_operation CHECK (operation IN ('enroll', 'unenroll')),
    DROP COLUMN queued_at,
    DROP COLUMN subject,
    DROP COLUMN src_consumer_id;
