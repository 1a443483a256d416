-- +goose NO TRANSACTION
-- +goose Up
-- compatible-with: 23

-- The jobs that wait for an operator, those first that wait longest, page by page. As many entries as jobs are in doubt. Everybody
-- goes on meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_in_doubt;
CREATE INDEX CONCURRENTLY enrollments_in_doubt ON enrollments (updated_at, job_id) WHERE status = 'in_doubt';

DELETE FROM schema_support WHERE version = 29; -- of a run that was cut off here
INSERT INTO schema_support (version, oldest) VALUES (29, 23);

-- +goose Down

DELETE FROM schema_support WHERE version = 29;
DROP INDEX CONCURRENTLY IF EXISTS enrollments_in_doubt;
