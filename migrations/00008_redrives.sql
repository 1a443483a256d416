-- +goose Up

-- How often an operator had the job tried again after it was given up, and when last: its age counts from then.
--
-- Workers of the program before this one go on meanwhile. The lock is not waited for longer than they are patient.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments
    ADD COLUMN redriven integer NOT NULL DEFAULT 0,
    ADD COLUMN redriven_at timestamptz;

-- +goose Down

-- Jobs that were redriven and wait are pending, which the schema before knows as well.
SET LOCAL lock_timeout = '3s';

ALTER TABLE enrollments
    DROP COLUMN redriven_at,
    DROP COLUMN redriven;
