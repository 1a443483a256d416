-- +goose Up

-- One row a file: where it came from and what its reader counted. What became of its jobs is in batch_counts.
CREATE TABLE batches (
    batch_id       text COLLATE "C" PRIMARY KEY CHECK (octet_length(batch_id) BETWEEN 1 AND 255),
    program        text COLLATE "C" NOT NULL,
    source         text,
    source_sha256  bytea CHECK (octet_length(source_sha256) = 32),
    rows_read      bigint NOT NULL DEFAULT 0 CHECK (rows_read >= 0),
    rows_rejected  bigint NOT NULL DEFAULT 0 CHECK (rows_rejected >= 0),
    rows_published bigint NOT NULL DEFAULT 0 CHECK (rows_published >= 0),
    rows_duplicate bigint NOT NULL DEFAULT 0 CHECK (rows_duplicate >= 0),
    started_at     timestamptz NOT NULL,
    completed_at   timestamptz,
    updated_at     timestamptz NOT NULL
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE batches;
