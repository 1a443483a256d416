// Package skew moves what Postgres takes for the time, for tests and the chaos harness: what the project promises must hold
// whatever the distance between the clocks of the worker, NATS, Postgres and the API.
package skew

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Postgres moves what the SQL of one database takes for the time. The server's own clock stays as it is: functions of
// the names now, transaction_timestamp, statement_timestamp and clock_timestamp stand before those of pg_catalog in the
// database's search_path, and add an offset that a table holds. As with a real clock that jumps, a transaction that runs
// keeps its now().
//
// CURRENT_TIMESTAMP and its kind are no functions and cannot be moved; the SQL of the project must not use them, which a test
// of package stacktest checks.
type Postgres struct{ url string }

// NewPostgres prepares a database, with the project's schema or without. Connections that are open already keep the
// server's clock.
func NewPostgres(ctx context.Context, databaseURL string) (*Postgres, error) {
	c := &Postgres{databaseURL}

	return c, c.do(ctx, "preparing a clock", func(conn *pgx.Conn) error {
		views, err := viewsOf(ctx, conn)
		if err != nil {
			return err
		}

		for _, sql := range append([]string{clockSQL}, views...) {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%w, in %.60q", err, sql)
			}
		}

		return nil
	})
}

// At is the clock of a database that NewPostgres has prepared, maybe at another address.
func At(databaseURL string) *Postgres { return &Postgres{databaseURL} }

// Set sets the offset, at once and for all connections.
func (c *Postgres) Set(ctx context.Context, offset time.Duration) error {
	return c.do(ctx, "moving the clock", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "UPDATE clock_skew SET ahead = $1 WHERE id = 1", offset)
		return err
	})
}

func (c *Postgres) do(ctx context.Context, what string, use func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return fmt.Errorf("%s: connecting to Postgres: %w", what, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	if err := use(conn); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}

	return nil
}

// viewsOf returns statements that make the views anew. A view keeps the functions that it was made with.
func viewsOf(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT format('CREATE OR REPLACE VIEW %I AS %s', relname, pg_get_viewdef(oid))
		FROM pg_class WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace ORDER BY oid`)
	if err != nil {
		return nil, fmt.Errorf("reading the views: %w", err)
	}

	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// clockSQL makes the functions in the schema that tables are made in, so that current_schema() stays what it was.
const clockSQL = `
DO $prepare$
DECLARE
    home constant text := current_schema();
BEGIN
    -- One row, found by index: where scans are made expensive, as the store makes them, a scan would be compiled each time.
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I.clock_skew (id int PRIMARY KEY CHECK (id = 1), ahead interval NOT NULL)', home);
    EXECUTE format('INSERT INTO %I.clock_skew VALUES (1, ''0'') ON CONFLICT DO NOTHING', home);

    -- The offset of the transaction's first look is kept for the transaction.
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION %I.now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $body$
        DECLARE
            kept text := pg_catalog.current_setting('clock_skew.ahead', true);
        BEGIN
            IF kept IS NULL OR kept = '' THEN
                SELECT pg_catalog.set_config('clock_skew.ahead', ahead::text, true) INTO kept FROM %1$I.clock_skew WHERE id = 1;
            END IF;

            RETURN pg_catalog.now() + kept::interval;
        END
        $body$ $sql$, home);
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION %I.transaction_timestamp() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $body$
        BEGIN
            RETURN %1$I.now();
        END
        $body$ $sql$, home);
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION %I.statement_timestamp() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $body$
        BEGIN
            RETURN pg_catalog.statement_timestamp() + (SELECT ahead FROM %1$I.clock_skew WHERE id = 1);
        END
        $body$ $sql$, home);
    EXECUTE format($sql$
        CREATE OR REPLACE FUNCTION %I.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $body$
        BEGIN
            RETURN pg_catalog.clock_timestamp() + (SELECT ahead FROM %1$I.clock_skew WHERE id = 1);
        END
        $body$ $sql$, home);

    EXECUTE format('GRANT SELECT ON %I.clock_skew TO PUBLIC', home);
    EXECUTE format('ALTER DATABASE %I SET search_path = %I, pg_catalog', current_database(), home);
    PERFORM set_config('search_path', format('%I, pg_catalog', home), false); -- for the views that follow
END
$prepare$`
