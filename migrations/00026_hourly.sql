-- +goose Up
-- compatible-with: 23

-- How many jobs came to which end in which hour. Workers count the rows of the last minutes into it now and then (RollUp), so
-- that jobs pay nothing for it, rows of the program before this one are counted as well, and so are those that were there before.
-- What was counted stays when the rows are deleted.
CREATE TABLE hourly_outcomes (
    hour     timestamptz NOT NULL,
    program  text COLLATE "C" NOT NULL,
    status   text COLLATE "C" NOT NULL,
    reason   text COLLATE "C" NOT NULL,
    detail   text COLLATE "C" NOT NULL,
    count    bigint NOT NULL CHECK (count > 0),
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL, -- a job that ended then is one to look at
    PRIMARY KEY (hour, program, status, reason, detail)
);

-- The same by minute, of the last week: for who looks at how it goes.
CREATE TABLE minutely_outcomes (
    minute  timestamptz NOT NULL,
    program text COLLATE "C" NOT NULL,
    status  text COLLATE "C" NOT NULL,
    count   bigint NOT NULL CHECK (count > 0),
    PRIMARY KEY (minute, program, status)
);

-- Up to when they are counted. Who counts holds the row.
CREATE TABLE rolled_up (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    until    timestamptz NOT NULL
) WITH (fillfactor = 50);

INSERT INTO rolled_up (until) SELECT coalesce(min(first_at), now()) FROM program_counts;

INSERT INTO schema_support (version, oldest) VALUES (26, 23);

-- +goose Down
DELETE FROM schema_support WHERE version = 26;
DROP TABLE rolled_up;
DROP TABLE minutely_outcomes;
DROP TABLE hourly_outcomes;
