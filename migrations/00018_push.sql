-- +goose Up

-- Jobs that push an account to a token requestor.
--
-- Workers of the program before this one go on meanwhile: they do not know the operation, and end such jobs as invalid. Have them
-- published when none of them runs any more. Nothing here reads a table; the constraints hold for new rows at once.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments
    -- What a push gave for the token requestor, sealed for the workers' intake key: a receipt is a secret for some minutes.
    ADD COLUMN sealed_result text COLLATE "C",
    DROP CONSTRAINT enrollments_operation,
    ADD CONSTRAINT enrollments_operation CHECK (operation IN ('enroll', 'unenroll', 'update', 'forget', 'push')) NOT VALID,
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'submitted', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'superseded', 'pushed', 'rejected',
        'invalid', 'expired', 'conflict', 'dead', 'canceled')) NOT VALID;

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'pushed', 'submitted', 'rejected',
        'retry', 'throttled', 'unknown', 'halted')) NOT VALID;

-- +goose Down

-- Refused while there are such jobs: the schema before cannot tell them from enrollments.
SET LOCAL lock_timeout = '3s';
LOCK TABLE enrollments, attempts IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM enrollments WHERE operation = 'push' OR status = 'pushed')
        OR EXISTS (SELECT FROM attempts WHERE verdict = 'pushed') THEN
        RAISE EXCEPTION 'there are jobs that push, which the older schema cannot hold; keep what you need of them, then '
            'delete from attempts the rows of their jobs, and from enrollments those with operation ''push''';
    END IF;
END $$;
-- +goose StatementEnd

DELETE FROM batch_counts WHERE status = 'pushed';
DELETE FROM program_counts WHERE status = 'pushed';

ALTER TABLE attempts
    DROP CONSTRAINT attempts_verdict,
    ADD CONSTRAINT attempts_verdict CHECK (verdict IN (
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'submitted', 'rejected', 'retry',
        'throttled', 'unknown', 'halted'));

ALTER TABLE enrollments
    DROP CONSTRAINT enrollments_status,
    ADD CONSTRAINT enrollments_status CHECK (status IN (
        'in_progress', 'pending', 'retrying', 'submitted', 'in_doubt',
        'enrolled', 'already_enrolled', 'unenrolled', 'not_enrolled', 'updated', 'forgotten', 'superseded', 'rejected', 'invalid',
        'expired', 'conflict', 'dead', 'canceled')),
    DROP CONSTRAINT enrollments_operation,
    ADD CONSTRAINT enrollments_operation CHECK (operation IN ('enroll', 'unenroll', 'update', 'forget')),
    DROP COLUMN sealed_result;
