-- +goose Up

-- An operator's word that what is not yet sent of a batch is not to be sent. Workers of the program before
-- this one go on meanwhile, and do not heed it. The lock is not waited for longer than they are patient.
SET LOCAL lock_timeout = '3s';

ALTER TABLE batches
    ADD COLUMN canceled_at timestamptz,
    ADD COLUMN canceled_by text,
    ADD COLUMN cancel_reason text;

-- The latest batches, page by page.
CREATE INDEX batches_started ON batches (started_at DESC, batch_id DESC);

-- What was wrong with the rows of a file that were not sent, a line a fault: that, and nothing of the row itself.
CREATE TABLE batch_rejects (
    batch_id   text COLLATE "C" NOT NULL,
    row_number bigint NOT NULL CHECK (row_number > 0),
    fault      smallint NOT NULL CHECK (fault > 0), -- 1 for the first of the row
    line       bigint NOT NULL CHECK (line >= 0),   -- of the source; 0 when it is not known
    field      text,                                -- NULL: the row as a whole
    code       text COLLATE "C" NOT NULL,
    reason     text,
    PRIMARY KEY (batch_id, row_number, fault)
);

-- +goose Down

-- Refused while there are canceled batches: the program before would send their jobs.
SET LOCAL lock_timeout = '3s';
LOCK TABLE batches IN ACCESS EXCLUSIVE MODE;

-- +goose StatementBegin
DO $$ BEGIN
    IF EXISTS (SELECT FROM batches WHERE canceled_at IS NOT NULL) THEN
        RAISE EXCEPTION 'there are canceled batches, whose jobs the older program would send; where none of their jobs '
            'waits any more, set canceled_at to NULL in batches';
    END IF;
END $$;
-- +goose StatementEnd

DROP TABLE batch_rejects;
DROP INDEX batches_started;

ALTER TABLE batches
    DROP COLUMN cancel_reason,
    DROP COLUMN canceled_by,
    DROP COLUMN canceled_at;
