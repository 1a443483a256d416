package parts

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"enroll.example/clicktopay/internal/stack"
)

// Postgres is a server that syncs every commit, with a database of its own for each measurement.
type Postgres struct {
	server *stack.Postgres
	pid    int
}

// StartPostgres starts a server in a folder. Stop ends it.
func StartPostgres(ctx context.Context, dir string, progress io.Writer) (*Postgres, error) {
	bin, err := stack.FindBinaries(ctx, stack.Source(os.Getenv(stack.SourceSetting)), progress)
	if err != nil {
		return nil, err
	}

	server, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Bin: bin, Durable: true})
	if err != nil {
		return nil, err
	}

	p := &Postgres{server: server}

	if p.pid, err = readPID(filepath.Join(dir, "data", "postmaster.pid")); err != nil {
		return nil, fmt.Errorf("%w (stopping: %w)", err, server.Stop(ctx))
	}

	return p, nil
}

// readPID reads the first line of the file that a server keeps while it runs.
func readPID(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("looking for the process of Postgres: %w", err)
	}

	line, _, _ := strings.Cut(string(text), "\n")

	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, fmt.Errorf("%s: its first line is no process id: %w", path, err)
	}

	return pid, nil
}

// PID is the process whose children do the work.
func (p *Postgres) PID() int { return p.pid }

// Stop ends the server.
func (p *Postgres) Stop(ctx context.Context) error { return p.server.Stop(ctx) }

// Create makes an empty database and returns its URL.
func (p *Postgres) Create(ctx context.Context, name string) (string, error) {
	err := p.execute(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())

	return p.server.URL(name), err
}

// Drop removes a database.
func (p *Postgres) Drop(ctx context.Context, name string) error {
	return p.execute(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}

// Checkpoint writes out what earlier work has left, so that no measurement pays for another.
func (p *Postgres) Checkpoint(ctx context.Context) error { return p.execute(ctx, "CHECKPOINT") }

func (p *Postgres) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.server.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()

	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}

	return nil
}
