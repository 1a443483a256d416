-- +goose Up
-- compatible-with: 23

-- How many jobs came to which end on which day (UTC), with the most frequent codes of each day alone: what went wrong in the last weeks
-- is then read from some thousand rows, however many codes there were. Workers fill it from the hours when a day is over (RollUp), and
-- from the first day on after an upgrade. Workers of the program before this one go on meanwhile, and leave it as it is.
SET LOCAL lock_timeout = '3s';

CREATE TABLE daily_outcomes (
    day      timestamptz NOT NULL,
    program  text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    reason   text COLLATE "C" NOT NULL, -- OTHER for all codes that are not among the most frequent ones
    detail   text COLLATE "C" NOT NULL,
    count    bigint NOT NULL CHECK (count > 0),
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (day, program, status, reason, detail)
);

-- Up to which day it is filled.
ALTER TABLE rolled_up ADD COLUMN days_until timestamptz NOT NULL DEFAULT '-infinity';

INSERT INTO schema_support (version, oldest) VALUES (32, 23);

-- +goose Down
SET LOCAL lock_timeout = '3s';

DELETE FROM schema_support WHERE version = 32;
ALTER TABLE rolled_up DROP COLUMN days_until;
DROP TABLE daily_outcomes;
