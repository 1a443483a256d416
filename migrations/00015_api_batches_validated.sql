-- +goose NO TRANSACTION
-- +goose Up

-- The constraints of the step before, for the rows that were there before them, and its indexes. Everybody goes on meanwhile.
ALTER TABLE enrollments
    VALIDATE CONSTRAINT enrollments_status,
    VALIDATE CONSTRAINT enrollments_retry,
    VALIDATE CONSTRAINT enrollments_completed;

ALTER TABLE attempts VALIDATE CONSTRAINT attempts_verdict;

-- Which jobs should have their result by now? As many entries as jobs wait for one.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_submitted; -- left by a step that was cut off
CREATE INDEX CONCURRENTLY enrollments_submitted ON enrollments (next_attempt_at) WHERE status = 'submitted';

-- The jobs of one batch of the API.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_api_batch;
CREATE INDEX CONCURRENTLY enrollments_api_batch ON enrollments (api_batch_id) WHERE api_batch_id IS NOT NULL;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS enrollments_api_batch;
DROP INDEX CONCURRENTLY IF EXISTS enrollments_submitted;
