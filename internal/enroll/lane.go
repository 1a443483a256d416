package enroll

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// fetchWait is how long one request for messages stays open. It bounds how
	// long a lane takes to notice that it should stop, or that slots have become free.
	fetchWait = time.Second
	// probeWait is the same for the request of a probe. The gate lets one lane probe at a time: one that has no job must not keep
	// the other, which has some, from probing.
	probeWait = 100 * time.Millisecond
	// errorBackoff is the pause after an error of the queue, between two tries.
	errorBackoff = time.Second
	// redeliverDelay is when a job may come again that was taken and not begun.
	redeliverDelay = 200 * time.Millisecond
	// findTimeout bounds the look-up of a consumer.
	findTimeout = 5 * time.Second
	// maxWait is how long a lane waits to be let in before it shows that it is alive.
	maxWait = 5 * time.Second
	// responseSlack is how long after the end of a request the client gives up on a server that says nothing.
	responseSlack = 900 * time.Millisecond
	// maxSilent is how many such requests in a row are an error.
	maxSilent = 2
)

// lane is one consumer, and the pacer of the program whose jobs come this way.
type lane struct {
	jobs.Lane

	worker   *Worker
	pacer    *pace.Pacer
	share    pace.Share
	consumer jetstream.Consumer // nil until found, and after an error
	maxIdle  int                // after how many requests that find nothing the lane ends; zero for never
	silent   int                // requests in a row that the queue said nothing to
}

func (w *Worker) newLane(from jobs.Lane, pacer *pace.Pacer) *lane {
	share := pace.Fresh
	if from.Due() {
		share = pace.Due
	}

	return &lane{Lane: from, worker: w, pacer: pacer, share: share}
}

// run takes messages while slots are free, until taking ends. A message is asked
// for only when a slot is free for it: nothing waits in a buffer of the client
// while its time runs out. What was taken is drained by Run.
func (l *lane) run(taking, work context.Context) {
	for idle := 0; taking.Err() == nil && (l.maxIdle == 0 || idle < l.maxIdle); {
		l.worker.config.Observer.LoopTick(l.String())

		probe, err := l.enter(taking)
		if err != nil {
			continue // told to stop, or time for another turn
		}

		taken, err := l.take(taking, work, probe)
		if err != nil && taking.Err() == nil {
			l.worker.config.Logger.Error("taking jobs failed, trying again", "lane", l.String(), "error", err)
			l.repair(taking, err)
		}

		idle++
		if taken > 0 {
			idle = 0
		}
	}
}

// enter waits until jobs may be taken, at most for the length of a turn.
func (l *lane) enter(taking context.Context) (probe bool, err error) {
	turn, cancel := context.WithTimeout(taking, maxWait)
	defer cancel()

	if err := l.worker.config.Pauses.Wait(turn, l.Program); err != nil {
		return false, err
	}

	return l.pacer.Enter(turn)
}

// take asks for as many messages as there are slots, one for a probe, and works on each as it comes.
func (l *lane) take(taking, work context.Context, probe bool) (taken int, err error) {
	most, wait := math.MaxInt, fetchWait
	if probe {
		most, wait = 1, probeWait
	}

	n := l.pacer.Acquire(taking, l.share, most)
	results := make(chan pace.Probe, n)

	defer func() {
		l.pacer.Release(l.share, n-taken)

		if probe && l.pacer.Probed(probed(results, taken)) {
			l.worker.config.Logger.Info("the cause is gone, taking jobs again", "program", l.Program)
		}
	}()

	if n == 0 || l.worker.config.Pauses.Paused(l.Program) {
		return 0, nil // told to stop, or paused while we waited at the gate or for a slot
	}

	l.worker.config.Observer.FetchStarted(l.String())
	defer func() { l.worker.config.Observer.Fetched(l.String(), err) }()

	if err := l.find(taking); err != nil {
		return 0, err
	}

	batch, err := l.consumer.Fetch(n, jetstream.FetchMaxWait(wait))
	if err != nil {
		return 0, fmt.Errorf("fetching: %w", err)
	}

	last := l.worker.config.Now()

	for msg := range batch.Messages() {
		taken++
		last = l.worker.config.Now()

		l.worker.config.Observer.Received(l.String())
		l.worker.flight.add(msg)

		go func() { results <- l.work(taking, work, msg, probe) }()
	}

	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
		return taken, fmt.Errorf("fetching: %w", err)
	}

	// A server that has nothing says so when the request ends. The client passes over one that says nothing at all. A busy server
	// may say it late, once: to look the consumer up each time would make it busier.
	if taken == n || l.worker.config.Now().Sub(last) <= wait+responseSlack {
		l.silent = 0
	} else if l.silent++; l.silent >= maxSilent {
		l.silent = 0

		return taken, errSilent
	}

	return taken, nil
}

var errSilent = errors.New("fetching: the queue does not answer")

// work brings a message out of our hands and gives its slot back.
func (l *lane) work(taking, work context.Context, msg jetstream.Msg, probe bool) pace.Probe {
	settled := back(l.worker.config.HandBack)
	slot := l.pacer.Slot(l.share)

	if p := guard.Run(func() { settled = l.handle(taking, work, msg, probe, slot) }); p != nil {
		l.worker.config.Logger.Error("what is done beside a job panicked", "type", p.Type, "stack", string(p.Stack))
	}

	slot.Release()
	l.worker.flight.remove(msg, settled)

	if l.share == pace.Fresh && settled.acknowledged() {
		l.pacer.Meter.Left()
	}

	return settled.probe
}

// find looks the consumer up once; a handle stays good until an error says otherwise.
func (l *lane) find(ctx context.Context) error {
	if l.consumer != nil {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()

	durable := l.Lane.Consumer.Durable
	if l.Program == "" { // of an orphaned subject: it lasts for as long as it is used
		if _, err := jobs.EnsureLane(ctx, l.worker.js, l.Lane); err != nil {
			return err
		}
	}

	consumer, err := l.worker.js.Consumer(ctx, l.Stream, durable)
	if err != nil {
		return fmt.Errorf("finding consumer %s: %w", durable, err)
	}

	l.consumer = consumer

	return nil
}

// probed waits for the one job of a probe.
func probed(results <-chan pace.Probe, taken int) pace.Probe {
	if taken == 0 {
		return pace.ProbeIdle
	}

	return <-results
}

// repair waits a little and puts back what may have been deleted under us.
func (l *lane) repair(ctx context.Context, cause error) {
	l.consumer = nil

	select {
	case <-ctx.Done():
		return
	case <-time.After(errorBackoff):
	}

	gone := errors.Is(cause, jetstream.ErrConsumerNotFound) || errors.Is(cause, jetstream.ErrConsumerDeleted) ||
		errors.Is(cause, jetstream.ErrStreamNotFound)
	if gone {
		if _, err := jobs.Ensure(ctx, l.worker.js, l.worker.config.Topology); err != nil {
			l.worker.config.Logger.Error("the streams cannot be created again", "error", err)
		}
	}
}
