-- +goose Up

-- Rollups: how many rows stand at which status for which reason. A transaction that moves
-- rows adds its deltas here, so progress never counts over enrollments. Only codes are kept
-- apart; free text in a reason or detail counts as OTHER, so the tables stay small.
--
-- Each key has several shards, written by different connections, so that workers do not queue
-- for one row; a single shard can be below zero, the sum over them cannot. The rows are updated
-- at every flush: half of each page is kept free for HOT updates, and vacuum comes early.
CREATE TABLE batch_counts (
    batch_id text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    reason   text COLLATE "C" NOT NULL,
    detail   text COLLATE "C" NOT NULL,
    shard    smallint NOT NULL,
    count    bigint NOT NULL,
    first_at timestamptz,
    last_at  timestamptz,
    PRIMARY KEY (batch_id, status, reason, detail, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE program_counts (
    program  text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    reason   text COLLATE "C" NOT NULL,
    detail   text COLLATE "C" NOT NULL,
    shard    smallint NOT NULL,
    count    bigint NOT NULL,
    first_at timestamptz,
    last_at  timestamptz,
    PRIMARY KEY (program, status, reason, detail, shard)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- +goose Down
DROP TABLE program_counts;
DROP TABLE batch_counts;
