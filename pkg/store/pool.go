package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A pooler in transaction mode, such as PgBouncer, gives each transaction another connection to the server. What follows from it:
//
//   - A connection starts without parameters: a pooler refuses those it does not know. Settings are made for each transaction,
//     in the message that begins it, so that they cost no round trip.
//   - Every statement is in a transaction, so that these settings hold for it.
//   - Behind a pooler no statement is prepared under a name, which another connection would not know, or would have for
//     another statement. Without one it is kept: it saves the planning of each statement.

// transactionSettings are the settings of every transaction. Those given in the URL take their place.
//
// enable_seqscan: every statement here finds its rows by index. A plan made while a table is new and empty would scan it, and be
// kept while the table grows by a million rows. jit: compiling takes longer than any statement here.
func transactionSettings() [][2]string {
	return [][2]string{
		{"application_name", "clicktopay"},
		{"enable_seqscan", "off"},
		{"jit", "off"},
		{"lock_timeout", milliseconds(lockTimeout)},
		{"statement_timeout", milliseconds(statementTimeout)},
		{"idle_in_transaction_session_timeout", milliseconds(idleTimeout)},
	}
}

// database is the way to Postgres.
type database struct {
	pool  *pgxpool.Pool
	begin string // the message that begins a transaction
}

// pooler notes whether there is a pooler between this program and the server.
type pooler struct{ found atomic.Bool }

// errPooler says that a connection turned out to be a pooler's: the next one is used accordingly.
var errPooler = errors.New("there is a connection pooler before the database: statements are no longer prepared by name")

const (
	modeSetting = "default_query_exec_mode"
	beginSQL    = "begin isolation level read committed" // whatever the database's default: see transact
)

// openDatabase prepares the pool. It does not connect.
func openDatabase(ctx context.Context, url string) (*database, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}

	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = Connections
	}

	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}

	begin := beginTransaction(config.ConnConfig.RuntimeParams)

	if !strings.Contains(url, modeSetting) {
		(&pooler{}).watch(config)
	}

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("preparing connections to the database: %w", err)
	}

	return &database{pool: pool, begin: begin}, nil
}

// CheckURL reports what of a database's URL cannot be understood, or does not suit the store. It does not connect, and its
// error holds nothing of the password.
func CheckURL(url string) error {
	_, err := parse(url)

	return err
}

// ConnConfig is how a connection beside the store's is made to a URL, by what of it is for the server: not what is for the pool,
// nor what transactions begin with, which poolers refuse at the start of a connection.
func ConnConfig(url string) (*pgx.ConnConfig, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}

	beginTransaction(config.ConnConfig.RuntimeParams)

	return config.ConnConfig, nil
}

func parse(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, unreadable(err)
	}

	return config, checkMode(config.ConnConfig.DefaultQueryExecMode)
}

// unreadable takes the URL out of the driver's error, which hides its password only where that is easily found.
func unreadable(err error) error {
	text := err.Error()
	if end := strings.LastIndex(text, "`: "); end >= 0 {
		text = text[end+len("`: "):]
	}

	if strings.HasPrefix(text, "failed to parse as ") { // what follows may quote any part of it
		text = "it is neither a URL nor a list of keywords; encode what is special in a password"
	}

	return fmt.Errorf("parsing the database URL: %s", text)
}

// checkMode refuses what cannot encode the arrays in which many rows are written at once.
func checkMode(mode pgx.QueryExecMode) error {
	if mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol {
		return fmt.Errorf("the database URL sets %s=%s, which cannot write many rows at once: "+
			"remove it, or set %s=cache_describe, which suits every pooler", modeSetting, modeName(mode), modeSetting)
	}

	return nil
}

func modeName(mode pgx.QueryExecMode) string { return strings.ReplaceAll(mode.String(), " ", "_") }

// beginTransaction is the message that begins a transaction with its settings. It takes those that the URL
// gives out of the parameters that a connection would start with.
func beginTransaction(given map[string]string) string {
	var b strings.Builder

	b.WriteString(beginSQL)

	for _, setting := range transactionSettings() {
		name, value := setting[0], setting[1]
		if v, ok := given[name]; ok {
			value = v

			delete(given, name)
		}

		fmt.Fprintf(&b, "; set local %s = '%s'", name, strings.ReplaceAll(value, "'", "''"))
	}

	return b.String()
}

// watch looks at each new connection: the process number that a pooler tells is not the server's.
func (p *pooler) watch(config *pgxpool.Config) {
	config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		if p.found.Load() {
			c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}

		return nil
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if p.found.Load() {
			if conn.Config().DefaultQueryExecMode != pgx.QueryExecModeCacheDescribe {
				return errPooler
			}

			return nil
		}

		var pid uint32
		if err := conn.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeExec).Scan(&pid); err != nil {
			return fmt.Errorf("looking for a connection pooler: %w", err)
		}

		if pid == conn.PgConn().PID() {
			return nil
		}

		p.found.Store(true)

		return errPooler
	}
}

// ping connects. The first connection through a pooler is given up once.
func (d *database) ping(ctx context.Context) error {
	err := d.pool.Ping(ctx)
	if errors.Is(err, errPooler) {
		err = d.pool.Ping(ctx)
	}

	return d.explain(err)
}

// tx runs f in a transaction and commits. Errors of the driver leave it without values.
func (d *database) tx(ctx context.Context, f func(pgx.Tx) error) error {
	return d.explain(pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{BeginQuery: d.begin}, f))
}

// queryRow reads one row, or pgx.ErrNoRows.
func (d *database) queryRow(ctx context.Context, sql string, args []any, into ...any) error {
	return d.tx(ctx, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql, args...).Scan(into...) })
}

// forEach reads rows, calling f with each.
func (d *database) forEach(ctx context.Context, sql string, args []any, f func(pgx.Rows) error) error {
	return d.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()

		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}

		return rows.Err()
	})
}

// list reads rows in one statement, each by scan.
func list[T any](ctx context.Context, s *Store, sql string, args []any, scan func(pgx.Rows, *T) error) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var all []T

	err := s.db.forEach(ctx, sql, args, func(row pgx.Rows) error {
		var one T

		err := scan(row, &one)
		all = append(all, one)

		return err
	})
	if err != nil {
		return nil, err
	}

	return all, nil
}

// explain turns an error of the driver into one that can be logged. A server that turned read-only has
// become a standby: its connections are given up, so that the next ones look for the new primary.
func (d *database) explain(err error) error {
	err = explain(err)

	if sqlstate(err) == sqlstateReadOnly {
		d.pool.Reset()
	}

	return err
}
