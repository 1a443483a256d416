package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	postgresStart = 2 * time.Minute  // initdb and the first start take 1 to 2 s; crash recovery and slow disks take longer
	postgresStop  = 20 * time.Second // for a fast shutdown, which writes a checkpoint
	postgresQuit  = 5 * time.Second  // for an immediate one
)

// PostgresOptions say how a Postgres server is run.
type PostgresOptions struct {
	// Dir holds the data directory, the password and the log. It is created when missing (and then removed again if the start
	// fails); what an earlier server kept there is there again.
	Dir string
	// Bin is the directory of the binaries postgres and initdb, as FindBinaries returns it.
	Bin string
	// Durable makes commits survive a crash of the machine. Without it fsync is off, which only tests may want.
	Durable bool
	// Progress gets a line before each step that takes a while; nil drops them.
	Progress io.Writer
}

// Postgres is a running Postgres server, a child of this process.
type Postgres struct {
	cluster *cluster
	process *process
	lock    *fileLock
	port    int
	logFrom int64 // where this server's part of the log begins

	stopping chan struct{}
	stopOnce sync.Once
	stopErr  error
}

// StartPostgres starts a server on 127.0.0.1, at a free port, and returns when it answers. ctx bounds the start only; Stop
// ends the server. A process of root's runs it as user "postgres" or "nobody", or else in a user namespace.
//
// A start on a directory that another server uses fails. The error of a start that fails holds the end of Postgres' log.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, postgresStart, fmt.Errorf("not ready after %s", postgresStart))
	defer cancel()

	dir, bin, err := o.paths()
	if err != nil {
		return nil, err
	}

	progress := o.Progress
	if progress == nil {
		progress = io.Discard
	}

	created, err := makeDir(dir)
	if err != nil {
		return nil, fmt.Errorf("creating the Postgres directory: %w", err)
	}

	lock, err := tryLock(filepath.Join(dir, "lock"))
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("a Postgres server already runs on %s: stop it, or choose another directory", dir)
	}

	if err != nil {
		return nil, fmt.Errorf("starting Postgres on %s: %w", dir, err)
	}

	p := &Postgres{
		cluster:  &cluster{dir: dir, bin: bin, durable: o.Durable},
		lock:     lock,
		stopping: make(chan struct{}),
	}

	if err := p.start(ctx, progress); err != nil {
		if created {
			_ = os.RemoveAll(dir)
		}

		lock.release()

		return nil, fmt.Errorf("starting Postgres on %s: %w", dir, err)
	}

	return p, nil
}

func (o PostgresOptions) paths() (dir, bin string, err error) {
	if o.Dir == "" || o.Bin == "" {
		return "", "", errors.New("starting Postgres: both a directory for its data and the directory of its binaries are needed")
	}

	// Absolute, because the server stands in another directory than this process.
	if dir, err = filepath.Abs(o.Dir); err == nil {
		bin, err = filepath.Abs(o.Bin)
	}

	return dir, bin, err
}

// makeDir creates dir, which another user must be able to walk through where this one is root, whatever the umask is.
func makeDir(dir string) (created bool, err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return false, err
	}

	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}

	if err := os.Mkdir(dir, mode); err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() {
			return false, nil
		}

		return false, err
	}

	return true, os.Chmod(dir, mode)
}

// Addr is the server's HOST:PORT.
func (p *Postgres) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

// URL is the connection string for a database of the server. It holds the password. The database "postgres" is always there.
func (p *Postgres) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, p.cluster.password),
		Host:     p.Addr(),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}

	return u.String()
}

// Done is closed when the server has ended, by Stop or by itself.
func (p *Postgres) Done() <-chan struct{} { return p.process.done }

// Err is nil while the server runs and after it ended well. Otherwise it says why it ended, with the end of its log.
func (p *Postgres) Err() error {
	if !p.process.exited() {
		return nil
	}

	select {
	case <-p.stopping:
		if p.process.err == nil {
			return nil
		}
	default:
	}

	return p.exitError()
}

// Stop ends the server and waits until it has ended: first by a fast shutdown, which rolls back what is open; when that takes
// more than 20 s, or ctx ends, by an immediate one, after which the next start has to recover. Whatever it returns, the server
// has ended. A second call waits for the first and returns the same.
func (p *Postgres) Stop(ctx context.Context) error {
	p.stopOnce.Do(func() {
		defer p.lock.release()

		if p.process.exited() {
			p.stopErr = p.Err()

			return
		}

		close(p.stopping)
		p.stopErr = p.shutdown(ctx)
	})

	return p.stopErr
}

func (p *Postgres) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStop)
	defer cancel()

	p.signal(syscall.SIGINT)

	select {
	case <-p.process.done:
		return p.Err()
	case <-ctx.Done():
	}

	p.signal(syscall.SIGQUIT)

	select {
	case <-p.process.done:
	case <-time.After(postgresQuit):
		p.signal(syscall.SIGKILL) // its children notice that it is gone, and end
		<-p.process.done
	}

	return fmt.Errorf("stopping Postgres on %s: it had to be told to quit at once and will recover at its next start: %w",
		p.cluster.dir, ctx.Err())
}

// signal sends a signal to the server. An error means that it has ended, which its owner sees by itself.
func (p *Postgres) signal(s syscall.Signal) { _ = p.process.cmd.Process.Signal(s) }
