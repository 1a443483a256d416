-- +goose Up

-- What operators did: who, from where, what, why, and what came of it. Rows are added and never changed: workers and operators may
-- insert and read, and nothing else. So an act has a row when it begins and another one when it has ended. One without an end goes
-- on, or was killed.
CREATE TABLE operator_acts (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    who     text NOT NULL,           -- the user of the machine, or the one who is signed in
    as_name text,                    -- the name that was given beside it, which takes nobody's place
    host    text NOT NULL,           -- from where
    act     text COLLATE "C" NOT NULL CONSTRAINT operator_acts_act CHECK (act ~ '^[a-z][a-z-]{0,31}$'),
    program text COLLATE "C",        -- NULL: all, or none
    scope   text,
    why     text
);

-- The latest acts, page by page.
CREATE INDEX operator_acts_at ON operator_acts (at DESC, id DESC);

CREATE TABLE operator_act_ends (
    act_id      bigint PRIMARY KEY,
    finished_at timestamptz NOT NULL DEFAULT now(),
    status      text COLLATE "C" NOT NULL CONSTRAINT operator_act_ends_status
                CHECK (status IN ('done', 'refused', 'interrupted', 'failed')),
    result      text,
    counts      jsonb NOT NULL DEFAULT '{}' CONSTRAINT operator_act_ends_counts CHECK (jsonb_typeof(counts) = 'object')
);

-- +goose Down

DROP TABLE operator_act_ends;
DROP TABLE operator_acts;
