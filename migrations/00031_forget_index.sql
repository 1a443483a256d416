-- +goose NO TRANSACTION
-- +goose Up
-- compatible-with: 23

-- Was a consumer forgotten after an enrollment was published that comes only now? As many entries as jobs that forget. Everybody
-- goes on meanwhile.
DROP INDEX CONCURRENTLY IF EXISTS enrollments_forgets; -- left by a step that was cut off
CREATE INDEX CONCURRENTLY enrollments_forgets ON enrollments (external_consumer_id, program)
    WHERE operation = 'forget' AND external_consumer_id IS NOT NULL;

DELETE FROM schema_support WHERE version = 31; -- likewise
INSERT INTO schema_support (version, oldest) VALUES (31, 23);

-- +goose Down
DELETE FROM schema_support WHERE version = 31;
DROP INDEX CONCURRENTLY IF EXISTS enrollments_forgets;
