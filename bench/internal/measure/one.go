package measure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/bench/internal/contender"
	"enroll.example/clicktopay/bench/internal/parts"
	"enroll.example/clicktopay/bench/internal/proc"
)

// oneWithin bounds a measurement, and with it a contender that hangs.
const oneWithin = 10 * time.Minute

// measure runs a contender once, on a queue and a database of its own.
func (r *run) measure(ctx context.Context, c contender.Contender, k kind) (_ used, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, oneWithin, fmt.Errorf("not done after %s", oneWithin))
	defer cancel()

	r.count++
	name := fmt.Sprint("bench_", r.count)

	dir := filepath.Join(r.dir, name)
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	nats, err := child.Start(ctx, roleNATS, parts.NATSConfig{Dir: dir, SyncAlways: k.sync == "always"}, os.Stderr)
	if err != nil {
		return used{}, err
	}
	defer func() { err = errors.Join(err, nats.End()) }()

	database, err := r.postgres.Create(ctx, name)
	if err != nil {
		return used{}, err
	}
	defer func() { err = errors.Join(err, r.postgres.Drop(context.WithoutCancel(ctx), name)) }()

	setup := contender.Setup{
		Keys: r.keys, API: r.api.Text(), Database: database, NATS: nats.Text(), InFlight: k.inFlight, Jobs: r.options.Jobs,
		Profile: r.profileOf(c.Name, k),
	}

	if err := c.Fill(ctx, setup, r.sealed); err != nil {
		return used{}, fmt.Errorf("filling the queue: %w", err)
	}

	if err := r.postgres.Checkpoint(ctx); err != nil {
		return used{}, err
	}

	u, err := r.work(ctx, c, setup, nats.PID())
	if err != nil {
		return used{}, err
	}

	return u, r.verify(ctx, database, c.Count)
}

// profileOf is the file for the profile of a contender, which each round replaces.
func (r *run) profileOf(contender string, k kind) string {
	if r.options.Profiles == "" {
		return ""
	}

	name := fmt.Sprintf("%s-%d-%s.pprof", strings.ReplaceAll(contender, " ", "-"), k.inFlight, k.sync)

	return filepath.Join(r.options.Profiles, name)
}

// work lets a contender work, and reads what each part has used before and after.
func (r *run) work(ctx context.Context, c contender.Contender, setup contender.Setup, nats int) (u used, err error) {
	worker, err := child.Start(ctx, c.Name, setup, os.Stderr)
	if err != nil {
		return used{}, err
	}
	defer func() { err = errors.Join(err, worker.End()) }()

	before, err := r.times(worker.PID(), nats)
	if err != nil {
		return used{}, err
	}

	began := time.Now()

	if err := worker.Go(); err != nil {
		return used{}, err
	}

	if err := worker.AwaitDone(ctx); err != nil {
		return used{}, err
	}

	took := time.Since(began)

	after, err := r.times(worker.PID(), nats)
	if err != nil {
		return used{}, err
	}

	memory, err := proc.PeakMemory(worker.PID())
	if err != nil {
		return used{}, err
	}

	return after.since(before).of(setup.Jobs, took, memory), nil
}

// times are the processor times of the parts so far.
type times struct{ worker, nats, postgres time.Duration }

func (r *run) times(worker, nats int) (t times, err error) {
	var errWorker, errNATS, errPostgres error

	t.worker, errWorker = proc.CPU(worker)
	t.nats, errNATS = proc.CPU(nats)
	t.postgres, errPostgres = proc.TreeCPU(r.postgres.PID())

	return t, errors.Join(errWorker, errNATS, errPostgres)
}

func (t times) since(before times) times {
	return times{t.worker - before.worker, t.nats - before.nats, t.postgres - before.postgres}
}

// verify fails when a job lacks its row: what does not do the work is not measured.
func (r *run) verify(ctx context.Context, database, count string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return fmt.Errorf("connecting to count rows: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()

	var rows int
	if err := conn.QueryRow(ctx, count).Scan(&rows); err != nil {
		return fmt.Errorf("counting rows: %w", err)
	}

	if rows != r.options.Jobs {
		return fmt.Errorf("%d of %d jobs have their row", rows, r.options.Jobs)
	}

	return nil
}
