-- +goose Up

-- The batches of a file's content, so that the same file under another name is found before it is sent again.
SET LOCAL lock_timeout = '3s';
CREATE INDEX batches_content ON batches (source_sha256) WHERE source_sha256 IS NOT NULL;

-- +goose Down
SET LOCAL lock_timeout = '3s';
DROP INDEX batches_content;
