-- +goose Up
-- compatible-with: 22

-- Which programs work with the schema: those that know version oldest or a later one. Each migration from this one on adds its
-- row. A program that finds a schema newer than it knows looks here, and goes on where the newest step has a row and no step asks
-- for more than it knows. CONTRIBUTING.md says what a step may do to be compatible.
CREATE TABLE schema_support (
    version bigint PRIMARY KEY,
    oldest  bigint NOT NULL,
    CONSTRAINT schema_support_oldest CHECK (oldest BETWEEN 1 AND version)
);

-- Two numbers a step. A worker that starts again between the migration and the grants reads them as well.
GRANT SELECT ON schema_support TO PUBLIC;

INSERT INTO schema_support (version, oldest) VALUES (23, 22);

-- +goose Down

DROP TABLE schema_support;
