-- +goose Up

-- On which lines of its file the rows of a batch are: from row_number on, each row begins step lines behind the one before it,
-- up to the next entry. A file with a row on each line has one entry.
CREATE TABLE batch_lines (
    batch_id   text COLLATE "C" NOT NULL,
    row_number bigint NOT NULL CHECK (row_number > 0),
    line       bigint NOT NULL CHECK (line > 0),
    step       bigint NOT NULL CHECK (step > 0),
    PRIMARY KEY (batch_id, row_number)
);

-- +goose Down

DROP TABLE batch_lines;
