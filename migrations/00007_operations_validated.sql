-- +goose Up

-- The constraints of the step before, for the rows that were there before them. It reads both
-- tables and lets everybody go on meanwhile: only another change of the schema waits.
ALTER TABLE enrollments
    VALIDATE CONSTRAINT enrollments_operation,
    VALIDATE CONSTRAINT enrollments_src_flow_id,
    VALIDATE CONSTRAINT enrollments_status;

ALTER TABLE attempts VALIDATE CONSTRAINT attempts_verdict;

-- +goose Down
-- Nothing to take back: the step before drops the constraints.
