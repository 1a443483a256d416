package enroll

import (
	"context"
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
)

// flushTimeout is how long jobs whose call was cut off at the end of the grace
// period have to write down what they know.
const flushTimeout = 10 * time.Second

// Summary is what a worker did, told when it stops.
type Summary struct {
	// Acknowledged jobs have an outcome or a scheduled retry, HandedBack ones are in the queue for another worker.
	Acknowledged, HandedBack int64
	// Left are the ids of jobs that did not end in time. Their messages return by
	// themselves, and their attempts show in the view unfinished.
	Left []string
}

// String returns the account as a sentence.
func (a Summary) String() string {
	return fmt.Sprintf("%d jobs brought to an end or to their next attempt, %d handed back, %d left unfinished",
		a.Acknowledged, a.HandedBack, len(a.Left))
}

// Run takes jobs until the context ends, then finishes what is in flight within
// the grace period and hands back the rest. The streams are created when
// missing; what differs from the topology is told by each look at the queue.
func (w *Worker) Run(ctx context.Context) (Summary, error) {
	_, err := jobs.Ensure(ctx, w.js, w.config.Topology)
	if ctx.Err() != nil {
		return Summary{}, nil // told to stop before there was anything to do
	}

	if err != nil {
		return Summary{}, fmt.Errorf("preparing the streams: %w", err)
	}

	// Work outlives the context that ends the taking of new jobs.
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()

	var lanes, helpers sync.WaitGroup

	for _, lane := range w.config.Topology.Lanes() {
		lanes.Go(func() {
			l := w.newLane(lane, w.config.Pacers[lane.Program])
			guard.Supervise(ctx, w.config.Logger, lane.String(), func() { l.run(ctx, work) })
		})
	}

	lanes.Go(func() {
		orphans := newOrphanTaker(w)
		defer orphans.lanes.Wait()

		guard.Supervise(ctx, w.config.Logger, "look at the queue", func() { w.watchQueue(ctx, work, orphans) })
	})

	for _, helper := range []struct {
		name  string
		every time.Duration
		run   func(ticks <-chan time.Time)
	}{
		{"heartbeats", w.heartbeatInterval(), func(ticks <-chan time.Time) { w.flight.heartbeats(work, ticks) }},
		{"leases", w.leases.interval(), func(ticks <-chan time.Time) { w.leases.run(work, ticks) }},
		{"endings", countsEvery, func(ticks <-chan time.Time) { w.endings.run(work, ticks, w.config.Logger) }},
		{"repeats", countsEvery, func(ticks <-chan time.Time) { w.repeats.run(work, ticks) }},
		{"Postgres", askLedgerEvery, func(ticks <-chan time.Time) { w.outage.watch(work, ticks, w.ledger.ReadClock) }},
	} {
		helpers.Go(func() { guard.Loop(work, w.config.Logger, helper.name, helper.every, helper.run) })
	}

	lanes.Wait()

	left := w.drain(abort)

	abort()
	helpers.Wait()
	w.flushAcks(ctx)

	return w.flight.summary(left), nil
}

// flushAcks waits until the server has what was acknowledged.
func (w *Worker) flushAcks(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
	defer cancel()

	if err := w.js.Conn().FlushWithContext(ctx); err != nil {
		w.config.Logger.Warn("the queue may not have the last acknowledgements; those messages come again", "error", err)
	}
}

// drain waits for the jobs in flight, cuts their calls off when the grace
// period ends, and returns the ids of those that did not end even then.
func (w *Worker) drain(abort context.CancelFunc) []string {
	empty := w.flight.empty()

	if w.flight.count() > 0 {
		w.config.Logger.Info("finishing the jobs in flight; a second signal ends the worker at once",
			"jobs", w.flight.count(), "grace", w.config.Grace)
	}

	select {
	case <-empty:
		return nil
	case <-time.After(w.config.Grace):
		abort()
	}

	select {
	case <-empty:
		return nil
	case <-time.After(flushTimeout):
		return w.flight.ids()
	}
}

// heartbeatInterval leaves two chances before the server gives a job away.
func (w *Worker) heartbeatInterval() time.Duration {
	return w.config.Topology.Lanes()[0].Consumer.AckWait / 3 // that of all lanes
}
