-- +goose Up

-- One row an API call, written before the call and completed after it. A month's
-- partition can be detached and dropped when it has aged out.
--
-- No foreign key to enrollments: both rows are written in one transaction, and the
-- check would double the index lookups of the busiest statement.
CREATE TABLE attempts (
    job_id             text COLLATE "C" NOT NULL,
    attempt            integer NOT NULL CHECK (attempt > 0),
    worker             text,
    started_at         timestamptz NOT NULL,
    finished_at        timestamptz,
    verdict            text COLLATE "C" CONSTRAINT attempts_verdict CHECK (verdict IN (
                           'enrolled', 'already_enrolled', 'rejected', 'retry',
                           'throttled', 'unknown', 'halted')),
    -- The result came when the job was no longer this attempt's: kept here, not in enrollments.
    late               boolean NOT NULL DEFAULT false,
    http_status        integer,
    error_source       text,
    error_reason       text,
    error_detail       text,
    error_field        text,
    error_message      text,
    src_correlation_id text,
    trace_id           text,
    PRIMARY KEY (job_id, attempt, started_at)
) PARTITION BY RANGE (started_at);

-- Where a month has no partition yet: an insert must never fail for want of one.
--
-- fillfactor, here and below: each row is updated once, soon after it was written, and grows by
-- its result. No index covers what changes, so with room on the same page the update is HOT and
-- writes no index entry (measured: all of them at 40, half at 60, next to none at 100; the size is
-- the same). For the same reason there is no index on unfinished attempts: enrollments_leases
-- finds them.
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT WITH (fillfactor = 40);

-- attempts_ensure_partition makes the partition of the month (UTC) that holds day, and
-- reports whether it had to. Rows of that month in the default partition move into it.
--
-- It runs with the rights of its owner, so that workers need no right to create tables.
-- +goose StatementBegin
CREATE FUNCTION attempts_ensure_partition(day timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    month_start timestamptz := date_trunc('month', day, 'UTC');
    month_end   timestamptz := (month_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    name        text        := 'attempts_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;

    -- Workers start together: one of them makes it, the others wait here and then find it made.
    -- Attaching takes this lock in any case, to see that the default partition has no row of the month.
    LOCK TABLE attempts_default IN ACCESS EXCLUSIVE MODE;

    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;

    -- Made aside and attached: attaching lets the other partitions' readers and writers go on,
    -- where CREATE TABLE ... PARTITION OF would stop them all.
    EXECUTE format('CREATE TABLE %I (LIKE attempts INCLUDING ALL) WITH (fillfactor = 40)', name);

    EXECUTE format(
        'WITH moved AS (DELETE FROM attempts_default WHERE started_at >= %L AND started_at < %L
             RETURNING job_id, attempt, worker, started_at, finished_at, verdict, late, http_status, error_source,
                 error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id)
         INSERT INTO %I (job_id, attempt, worker, started_at, finished_at, verdict, late, http_status, error_source,
                 error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id)
         SELECT job_id, attempt, worker, started_at, finished_at, verdict, late, http_status, error_source,
                 error_reason, error_detail, error_field, error_message, src_correlation_id, trace_id FROM moved',
        month_start, month_end, name);

    EXECUTE format('ALTER TABLE attempts ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, month_start, month_end);

    RETURN true;
END
$$;
-- +goose StatementEnd

-- Only this schema, and a caller's temporary tables last, so that none of them can pass for ours.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION attempts_ensure_partition(timestamptz) SET search_path = %I, pg_temp', current_schema());
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION attempts_ensure_partition(timestamptz);
DROP TABLE attempts;
