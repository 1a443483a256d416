-- +goose Up
-- compatible-with: 23

-- How many consumers of the API a job has forgotten: one key of the issuer's may have led to several. Everybody goes on meanwhile;
-- workers of the program before this one forget the one that was enrolled last.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments ADD COLUMN consumers integer;

INSERT INTO schema_support (version, oldest) VALUES (30, 23);

-- +goose Down
SET LOCAL lock_timeout = '3s';

DELETE FROM schema_support WHERE version = 30;
ALTER TABLE enrollments DROP COLUMN consumers;
