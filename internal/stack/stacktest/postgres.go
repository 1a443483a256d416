package stacktest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/store"
)

// startTimeout includes fetching the binaries where there are none.
const startTimeout = 15 * time.Minute

// postgres is a server that tests share, and the names of the databases on it.
type postgres struct {
	given  string // URL of a server that runs already; empty: start one
	prefix string // of the names of this test binary's databases
	count  atomic.Int64

	start    func() error           // once
	template func() (string, error) // once

	// Set by start.
	base   string
	pool   *pgxpool.Pool
	dir    string
	server *stack.Postgres
}

// empty is the template of databases without a schema. template0, unlike template1, is as initdb made it on any server.
const emptyTemplate = "template0"

func newPostgres(given string) *postgres {
	p := &postgres{given: given, prefix: "enroll_test_" + strings.ToLower(rand.Text()[:8])}
	p.start = sync.OnceValue(p.open)
	p.template = sync.OnceValues(p.migrate)

	return p
}

// open starts the server, unless one is given, and connects to it.
func (p *postgres) open() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()

	p.base = p.given
	if p.given == "" {
		if err := p.run(ctx); err != nil {
			return err
		}
	}

	config, err := pgxpool.ParseConfig(p.base)
	if err != nil {
		return fmt.Errorf("reading %s: %w", DatabaseSetting, err)
	}

	config.MaxConns = 4 // they only create and drop

	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}

	if err := pool.Ping(ctx); err != nil {
		pool.Close()

		return fmt.Errorf("connecting to Postgres: %w", err)
	}

	p.pool = pool

	return nil
}

// run starts a server in a temporary directory.
func (p *postgres) run(ctx context.Context) error {
	bin, err := stack.FindBinaries(ctx, stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	if err != nil {
		return err
	}

	// Those of test binaries that were killed, by the time limit of go test for example. That one of them stays is no reason to
	// fail this test.
	_ = stack.RemoveAbandoned(filepath.Join(os.TempDir(), "enroll-test-*"))

	dir := filepath.Join(os.TempDir(), "enroll-test-"+rand.Text())

	p.server, err = stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Bin: bin})
	if err != nil {
		return err
	}

	p.dir = dir
	p.base = p.server.URL("postgres")

	return nil
}

func (p *postgres) empty() (string, error) { return emptyTemplate, p.start() }

func (p *postgres) migrated() (string, error) { return p.template() }

// migrate makes the template of databases with the schema.
func (p *postgres) migrate() (string, error) {
	if err := p.start(); err != nil {
		return "", err
	}

	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()

	name, err := p.create(ctx, emptyTemplate)
	if err != nil {
		return "", err
	}

	if _, err := store.MigrateUp(ctx, p.url(name)); err != nil {
		return "", err
	}

	return name, nil
}

// create makes a database as a copy of another one and returns its name.
func (p *postgres) create(ctx context.Context, template string) (string, error) {
	name := fmt.Sprintf("%s_%d", p.prefix, p.count.Add(1))
	sql := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() + " TEMPLATE " + pgx.Identifier{template}.Sanitize()

	if _, err := p.pool.Exec(ctx, sql); err != nil {
		return "", fmt.Errorf("creating a database: %w", err)
	}

	return name, nil
}

func (p *postgres) drop(ctx context.Context, name string) error {
	if _, err := p.pool.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("dropping a database: %w", err)
	}

	return nil
}

// url is the connection string for a database of the server.
func (p *postgres) url(database string) string {
	if p.server != nil {
		return p.server.URL(database)
	}

	return withDatabase(p.base, database)
}

// stop ends what start has begun. Nothing may ask for databases any more.
func (p *postgres) stop(ctx context.Context) error {
	var errs []error

	if p.pool != nil {
		errs = append(errs, p.dropLeft(ctx))
		p.pool.Close()
	}

	if p.server != nil {
		errs = append(errs, p.server.Stop(ctx))
	}

	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}

	return errors.Join(errs...)
}

// dropLeft drops the template, and what tests that panicked have left, from a server that goes on running.
func (p *postgres) dropLeft(ctx context.Context) error {
	if p.server != nil {
		return nil
	}

	rows, err := p.pool.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", p.prefix+"_")
	if err != nil {
		return fmt.Errorf("listing the databases: %w", err)
	}

	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("listing the databases: %w", err)
	}

	for _, name := range names {
		if err := p.drop(ctx, name); err != nil {
			return err
		}
	}

	return nil
}
