-- +goose NO TRANSACTION
-- +goose Up

-- The constraints of the step before, for the rows that were there before them, and its index. Everybody goes on meanwhile.
ALTER TABLE enrollments
    VALIDATE CONSTRAINT enrollments_operation,
    VALIDATE CONSTRAINT enrollments_status;

ALTER TABLE attempts VALIDATE CONSTRAINT attempts_verdict;

-- The changes of one card or consumer, the latest first. As many entries as there are jobs that change something.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_subject; -- left by a step that was cut off
CREATE INDEX CONCURRENTLY enrollments_subject ON enrollments (program, subject, queued_at DESC) WHERE subject IS NOT NULL;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS enrollments_subject;
