-- +goose Up
-- compatible-with: 23

-- Which ids were used by jobs whose rows were purged: a message that comes again under such an id is not taken for a new job. Kept
-- is the SHA-256 of the id, for every purged job: an id may hold a key of the consumer who asked to be forgotten.
--
-- Workers of the program before this one go on meanwhile. They do not look here: purge when none of them runs any more.
CREATE TABLE purged_jobs (
    id_sha256 bytea PRIMARY KEY CHECK (octet_length(id_sha256) = 32),
    purged_at timestamptz NOT NULL DEFAULT now()
);

-- attempts_drop_partition takes the partition of a month (UTC) away that has passed, without deleting its rows one by one, and
-- reports whether there was one. The attempts of the jobs to keep move to the default partition.
--
-- Whoever calls it has looked through the partition for jobs that still have a row: the lock that it takes stops all who write
-- attempts, so it reads no more than those. It runs with the rights of its owner: nobody else may drop a table.
-- +goose StatementBegin
CREATE FUNCTION attempts_drop_partition(day timestamptz, keep text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    month_start timestamptz := date_trunc('month', day, 'UTC');
    month_end   timestamptz := (month_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    name        text        := 'attempts_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF month_end > now() THEN
        RAISE EXCEPTION 'the month of % has not passed', month_start;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'attempts'::regclass AND inhrelid = to_regclass(name)) THEN
        RETURN false;
    END IF;

    EXECUTE format('ALTER TABLE attempts DETACH PARTITION %I', name);

    EXECUTE format(
        'INSERT INTO attempts (job_id, attempt, worker, started_at, finished_at, verdict, late, http_status, error_source,
                 error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id)
         SELECT job_id, attempt, worker, started_at, finished_at, verdict, late, http_status, error_source,
                 error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id
         FROM %I WHERE job_id = ANY ($1)', name) USING keep;

    EXECUTE format('DROP TABLE %I', name);

    RETURN true;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION attempts_drop_partition(timestamptz, text[]) SET search_path = %I, pg_temp', current_schema());
END $$;
-- +goose StatementEnd

REVOKE EXECUTE ON FUNCTION attempts_drop_partition(timestamptz, text[]) FROM PUBLIC;

INSERT INTO schema_support (version, oldest) VALUES (24, 23);

-- +goose Down

-- Refused while there are purged jobs: the program before would take their ids for new ones.
-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM purged_jobs) THEN
        RAISE EXCEPTION 'there are purged jobs, whose ids the older program would take for new ones; where no message of them can '
            'come again, run: TRUNCATE purged_jobs';
    END IF;
END $$;
-- +goose StatementEnd

DROP FUNCTION attempts_drop_partition(timestamptz, text[]);
DROP TABLE purged_jobs;
DELETE FROM batch_counts WHERE status = 'purged';
DELETE FROM program_counts WHERE status = 'purged';
DELETE FROM schema_support WHERE version = 24;
