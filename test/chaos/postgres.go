package chaos

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/skew"
)

// database is Postgres, with every commit synced, which can be killed and started again on what it kept.
type database struct {
	dir, bin string

	mu     sync.Mutex
	server *stack.Postgres
}

const databaseName = "postgres"

func (d *database) start(ctx context.Context) error {
	server, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: d.dir, Bin: d.bin, Durable: true})
	if err != nil {
		return err
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.server = server

	return nil
}

func (d *database) current() *stack.Postgres {
	d.mu.Lock()
	defer d.mu.Unlock()

	return d.server
}

// addr is where the server listens; another place after each start.
func (d *database) addr() string { return d.current().Addr() }

// url is the connection string for the harness itself.
func (d *database) url() string { return d.current().URL(databaseName) }

// skew moves the clock of all SQL.
func (d *database) skew(ctx context.Context, ahead time.Duration) error {
	return persist(ctx, time.Minute, func() error { return skew.At(d.url()).Set(ctx, ahead) })
}

// through is the connection string that leads through a proxy.
func (d *database) through(p *proxy) (string, error) {
	u, err := url.Parse(d.url())
	if err != nil {
		return "", fmt.Errorf("reading the URL of Postgres: %w", err)
	}

	u.Host = p.addr()

	return u.String(), nil
}

// crash kills the server without warning.
func (d *database) crash(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(d.dir, "data", "postmaster.pid"))
	if err != nil {
		return fmt.Errorf("finding Postgres' process: %w", err)
	}

	line, _, _ := strings.Cut(string(text), "\n")

	pid, err := strconv.Atoi(line)
	if err != nil {
		return fmt.Errorf("finding Postgres' process: %w", err)
	}

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing Postgres: %w", err)
	}

	server := d.current()
	<-server.Done()
	_ = server.Stop(ctx) // it says that it was killed, and gives its directory free

	return nil
}

func (d *database) stop(ctx context.Context) error { return d.current().Stop(ctx) }
