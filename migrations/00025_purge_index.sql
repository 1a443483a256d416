-- +goose NO TRANSACTION
-- +goose Up
-- compatible-with: 23

-- Which jobs of a program ended before a day, or since? Jobs that were committed together ended at the same moment, which such an
-- index keeps once: it is some bytes a job.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_ended; -- left by a step that was cut off
CREATE INDEX CONCURRENTLY enrollments_ended ON enrollments (program, completed_at) WHERE completed_at IS NOT NULL;

DELETE FROM schema_support WHERE version = 25; -- likewise
INSERT INTO schema_support (version, oldest) VALUES (25, 23);

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS enrollments_ended;
DELETE FROM schema_support WHERE version = 25;
