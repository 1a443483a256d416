package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"enroll.example/clicktopay/pkg/jobs"
)

// Run runs the script and returns what came of it. The error is about the harness itself; broken promises are in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}

	h := &harness{options: o.withDefaults()}
	defer h.close()

	if err := h.open(ctx); err != nil {
		return Report{}, fmt.Errorf("starting the system: %w", err)
	}

	press, err := h.newPress()
	if err != nil {
		return Report{}, err
	}

	serving, stop := context.WithCancel(ctx)
	defer stop()

	var fleet errgroup.Group
	for _, s := range h.slots {
		fleet.Go(func() error { return s.keep(serving) })
	}

	fleet.Go(func() error { return newFollower(press, press.jobs).follow(serving, h) })

	struck, err := h.play(ctx, press)
	if err == nil {
		err = h.settle(ctx, press.all())
	}

	stop()

	if err := errors.Join(err, fleet.Wait()); err != nil {
		return Report{}, err
	}

	accepted := press.accepted

	var history History

	// The last fault may have left the cluster without a leader for some seconds.
	err = persist(ctx, h.options.Settle, func() (err error) {
		history, err = h.collect(ctx, accepted)
		return err
	})
	if err != nil {
		return Report{}, err
	}

	return newReport(h.options, struck, history), nil
}

// Struck is a fault that was played.
type Struck struct {
	Fault

	At, Lifted time.Time
}

// paces is in how many portions the jobs between two faults are offered.
const paces = 10

// play plays the script while jobs are offered at an even pace. It returns when all faults are lifted and all jobs accepted.
func (h *harness) play(ctx context.Context, press *press) ([]Struck, error) {
	script := Script(h.options.Seed, h.options.Faults, h.options.Only...)
	struck := make([]Struck, len(script))
	targets := map[string]*semaphore.Weighted{}
	changes := h.changes(len(script))

	strikes, ctx := errgroup.WithContext(ctx)
	ticker := time.NewTicker(h.options.Every / paces)
	defer ticker.Stop()

	strikes.Go(func() error { return changes.make(ctx) })

	for i, fault := range script {
		changes.reached(i)

		for pace := range paces {
			press.offerUpTo(ctx, h.options.Jobs*(i*paces+pace+1)/(len(script)*paces))

			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}

		target, known := targets[fault.target()]
		if !known {
			target = semaphore.NewWeighted(1)
			targets[fault.target()] = target
		}

		if target.Acquire(ctx, 1) != nil {
			break // an earlier strike has failed, or the run is ended
		}

		struck[i] = Struck{Fault: fault, At: time.Now()}
		_, _ = fmt.Fprintf(h.options.Out, "%4d  %s\n", i+1, fault)

		strikes.Go(func() error {
			defer target.Release(1)
			defer func() { struck[i].Lifted = time.Now() }()

			return h.strike(ctx, fault)
		})
	}

	changes.reached(len(script))

	return struck, errors.Join(press.group.Wait(), strikes.Wait())
}

// settle waits until nothing is left to do, or no longer than Settle: what is left then is the checker's to report.
func (h *harness) settle(ctx context.Context, accepted int) error {
	const look = 250 * time.Millisecond

	ctx, cancel := context.WithTimeout(ctx, h.options.Settle)
	defer cancel()

	conn, err := pgx.Connect(ctx, h.database.url())
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	for ctx.Err() == nil {
		if left, err := h.left(ctx, conn, accepted); err == nil && left == 0 {
			return nil
		}

		wait(ctx, look)
	}

	return nil
}

// left is how many jobs are without an outcome, and how many messages in the streams of work. A question that is lost with the
// node it was put to is given up, not waited for until all has to be settled.
func (h *harness) left(ctx context.Context, conn *pgx.Conn, accepted int) (int, error) {
	const patience = 5 * time.Second

	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	const sql = "SELECT count(*) FROM enrollments WHERE completed_at IS NOT NULL OR status = 'in_doubt'"

	var settled int
	if err := conn.QueryRow(ctx, sql).Scan(&settled); err != nil {
		return 0, err
	}

	left := max(accepted-settled, 0)

	for _, name := range []string{jobs.StreamJobs, jobs.StreamRetry} {
		stream, err := h.js.Stream(ctx, name)
		if err != nil {
			return 0, err
		}

		left += int(stream.CachedInfo().State.Msgs) //nolint:gosec // far from any limit
	}

	return left, nil
}
