-- +goose NO TRANSACTION
-- +goose Up

-- The constraints of the step before, for the rows that were there before them. Everybody goes on meanwhile.
ALTER TABLE enrollments
    VALIDATE CONSTRAINT enrollments_operation,
    VALIDATE CONSTRAINT enrollments_status;

ALTER TABLE attempts VALIDATE CONSTRAINT attempts_verdict;

-- +goose Down

SELECT 1;
