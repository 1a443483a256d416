package enroll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// fetchWait is how long one request for messages stays open. It bounds how
	// long a lane takes to notice that it should stop, or that slots have become free.
	fetchWait = time.Second
	// laneRest is the pause after an error of the queue, between two tries.
	laneRest = time.Second
	// shortly is when a job may come again that was taken and not begun.
	shortly = 200 * time.Millisecond
	// findTimeout bounds the look-up of a consumer.
	findTimeout = 5 * time.Second
	// longestTurn is how long a lane waits to be let in before it shows that it is alive.
	longestTurn = 5 * time.Second
	// silence is how long after the end of a request the client gives up on a server that says nothing.
	silence = 900 * time.Millisecond
)

// lane is one consumer and the slots for its messages.
type lane struct {
	jobs.Lane

	worker   *Worker
	free     chan struct{}
	consumer jetstream.Consumer // nil until found, and after an error
}

func (w *Worker) newLane(from jobs.Lane, slots int) *lane {
	l := &lane{Lane: from, worker: w, free: make(chan struct{}, slots)}
	for range slots {
		l.free <- struct{}{}
	}

	return l
}

// run takes messages while slots are free, until taking ends. A message is asked
// for only when a slot is free for it: nothing waits in a buffer of the client
// while its time runs out. What was taken is drained by Run.
func (l *lane) run(taking, work context.Context) {
	for taking.Err() == nil {
		l.worker.config.Observer.Turned(l.Stream)

		probe, err := l.enter(taking)
		if err != nil {
			continue // told to stop, or time for another turn
		}

		n := claimSlots(taking, l.free, probe)
		if n == 0 {
			return
		}

		if err := l.take(taking, work, n, probe); err != nil && taking.Err() == nil {
			l.worker.config.Logger.Error("taking jobs failed, trying again", "stream", l.Stream, "error", err)
			l.repair(taking, err)
		}
	}
}

// enter waits until jobs may be taken, at most for the length of a turn.
func (l *lane) enter(taking context.Context) (probe bool, err error) {
	turn, cancel := context.WithTimeout(taking, longestTurn)
	defer cancel()

	if err := l.worker.config.Pauses.Wait(turn); err != nil {
		return false, err
	}

	return l.worker.config.Gate.Enter(turn)
}

// claimSlots waits for a free slot and takes all that are free, or just one for a probe.
func claimSlots(ctx context.Context, free chan struct{}, probe bool) int {
	select {
	case <-ctx.Done():
		return 0
	case <-free:
	}

	for n := 1; ; n++ {
		if probe {
			return n
		}

		select {
		case <-free:
		default:
			return n
		}
	}
}

// take asks for up to n messages and works on each as it comes.
func (l *lane) take(taking, work context.Context, n int, probe bool) (err error) {
	results := make(chan pace.Probe, n)
	taken := 0

	defer func() {
		for range n - taken {
			l.free <- struct{}{}
		}

		if probe {
			l.worker.config.Gate.Probed(probed(results, taken))
		}
	}()

	if l.worker.config.Pauses.Paused("") {
		return nil // while we waited at the gate, or for a slot
	}

	l.worker.config.Observer.Asked(l.Stream)
	defer func() { l.worker.config.Observer.Fetched(l.Stream, err) }()

	if err := l.find(taking); err != nil {
		return err
	}

	batch, err := l.consumer.Fetch(n, jetstream.FetchMaxWait(fetchWait))
	if err != nil {
		return fmt.Errorf("fetching: %w", err)
	}

	last := time.Now()

	for msg := range batch.Messages() {
		taken++
		last = time.Now()

		l.worker.config.Observer.Taken(l.Stream)
		l.worker.flight.add(msg)

		go func() {
			ended := l.worker.dispose(work, msg, l.worker.turn(taking, work, msg, probe))
			results <- ended.probe

			l.free <- struct{}{}
			l.worker.config.Observer.Disposed(ended.what.disposition())
			l.worker.flight.remove(msg, ended)
		}()
	}

	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
		return fmt.Errorf("fetching: %w", err)
	}

	// A server that has nothing says so when the request ends. The client passes over one that says nothing at all.
	if taken < n && time.Since(last) > fetchWait+silence {
		return errSilent
	}

	return nil
}

var errSilent = errors.New("fetching: the queue does not answer")

// turn works on a message, unless no job may be taken any more: while the
// request for it was open, the worker may have been told to stop, or the gate may have closed. A job of a program
// that is paused goes back untouched: it comes again after a few seconds, and is not charged.
func (w *Worker) turn(taking, work context.Context, msg jetstream.Msg, probe bool) disposal {
	if taking.Err() != nil {
		return back(w.jittered(shortly))
	}

	if atLeast, closed := w.config.Gate.Closed(); closed && !probe {
		return back(atLeast + w.jittered(shortly))
	}

	if w.paused(msg.Subject()) {
		return back(w.jittered(w.config.HandBack))
	}

	return w.handle(work, msg)
}

// find looks the consumer up once; a handle stays good until an error says otherwise.
func (l *lane) find(ctx context.Context) error {
	if l.consumer != nil {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()

	consumer, err := l.worker.js.Consumer(ctx, l.Stream, l.Lane.Consumer.Durable)
	if err != nil {
		return fmt.Errorf("finding consumer %s: %w", l.Lane.Consumer.Durable, err)
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
	case <-time.After(laneRest):
	}

	gone := errors.Is(cause, jetstream.ErrConsumerNotFound) || errors.Is(cause, jetstream.ErrConsumerDeleted) ||
		errors.Is(cause, jetstream.ErrStreamNotFound)
	if gone {
		if _, err := jobs.Ensure(ctx, l.worker.js, l.worker.config.Topology); err != nil {
			l.worker.config.Logger.Error("the streams cannot be created again", "error", err)
		}
	}
}
