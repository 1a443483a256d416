-- +goose Up

-- One row a job: the job's state, its last failure, what the API returned.
--
-- Not partitioned: job_id is the idempotency key for all time, and a unique key
-- of a partitioned table would have to contain the time. Rows are purged by
-- completed_at. Its autovacuum settings are for tables of 100 million rows,
-- where the default of one fifth of the table would come months too late.
--
-- Status and verdict names are text with a CHECK and not an enum: a new name is
-- then one constraint added NOT VALID and validated beside the running workers,
-- a withdrawn one can go, and every client library reads it.
CREATE TABLE enrollments (
    -- "C": compared as bytes, which is faster and does not change with the operating system's locales.
    job_id                 text COLLATE "C" PRIMARY KEY CHECK (octet_length(job_id) BETWEEN 1 AND 255),
    program                text COLLATE "C" NOT NULL,
    batch_id               text COLLATE "C",
    external_consumer_id   text COLLATE "C",
    external_card_id       text COLLATE "C",
    status                 text COLLATE "C" NOT NULL CONSTRAINT enrollments_status CHECK (status IN (
                               'in_progress', 'pending', 'retrying', 'in_doubt',
                               'enrolled', 'already_enrolled', 'rejected', 'invalid',
                               'expired', 'conflict', 'dead', 'canceled')),
    -- The card: its truncated form and a keyed hash, never more (PCI DSS 3.5.1, 3.5.1.1).
    pan_first6             text CHECK (pan_first6 ~ '^[0-9]{6}$'),
    pan_last4              text CHECK (pan_last4 ~ '^[0-9]{4}$'),
    pan_hmac               bytea CHECK (octet_length(pan_hmac) BETWEEN 16 AND 64),
    pan_hmac_kid           text,
    -- Same digest, same message; same keyed hash, same content sealed anew.
    message_digest         bytea NOT NULL CHECK (octet_length(message_digest) = 32),
    content_hmac           bytea CHECK (octet_length(content_hmac) BETWEEN 16 AND 64),
    src_digital_card_id    text,
    src_correlation_id     text,
    token_unique_reference text,
    http_status            integer,
    error_source           text,
    error_reason           text,
    error_detail           text,
    error_field            text,
    error_message          text,
    -- Calls begun; the number of the last one is the fencing token.
    attempts               integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Calls that count against the limit: throttled and halted ones do not.
    charged                integer NOT NULL DEFAULT 0 CHECK (charged BETWEEN 0 AND attempts),
    -- The current or last attempt: who, since when, in which trace, and until when nobody else may begin another.
    worker                 text,
    attempt_started_at     timestamptz,
    trace_id               text,
    lease_until            timestamptz,
    next_attempt_at        timestamptz,
    first_seen_at          timestamptz NOT NULL,
    completed_at           timestamptz,
    updated_at             timestamptz NOT NULL,
    CONSTRAINT enrollments_lease CHECK ((status = 'in_progress') = (lease_until IS NOT NULL)),
    CONSTRAINT enrollments_retry CHECK (status <> 'retrying' OR next_attempt_at IS NOT NULL),
    CONSTRAINT enrollments_completed CHECK ((completed_at IS NOT NULL) =
        (status NOT IN ('in_progress', 'pending', 'retrying', 'in_doubt')))
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02
);

-- The sweep and the operator ask: which retries are due, or late?
CREATE INDEX enrollments_due ON enrollments (next_attempt_at) WHERE status = 'retrying';

-- Which attempts have outlived their lease, so that their result is unknown? At most
-- as many entries as calls in flight, so the index stays small at any table size.
CREATE INDEX enrollments_leases ON enrollments (lease_until) WHERE status = 'in_progress';

-- Which jobs were handed back and wait to be taken again?
CREATE INDEX enrollments_pending ON enrollments (updated_at) WHERE status = 'pending';

-- What went wrong, by program and kind, newest last? Successes, nearly all rows, are left out.
CREATE INDEX enrollments_failed ON enrollments (program, status, completed_at)
    WHERE status IN ('in_doubt', 'rejected', 'invalid', 'expired', 'conflict', 'dead', 'canceled');

-- The results of one file. Few distinct values, so the index is a few bytes a row.
CREATE INDEX enrollments_batch ON enrollments (batch_id) WHERE batch_id IS NOT NULL;

-- What became of this card, of this consumer? Asked with the issuer's own keys.
CREATE INDEX enrollments_card ON enrollments (external_card_id) WHERE external_card_id IS NOT NULL;
CREATE INDEX enrollments_consumer ON enrollments (external_consumer_id) WHERE external_consumer_id IS NOT NULL;

-- +goose Down
DROP TABLE enrollments;
