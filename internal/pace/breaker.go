package pace

import (
	"fmt"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// When the API counts as sick: so many of its calls failed, out of so many at least, within such a time. A
// single card that always fails must not stop the others, and a handful of failures is what retries are for.
const (
	tripShare  = 0.5
	tripCalls  = 10
	tripWithin = 30 * time.Second
)

// never is longer than the library's breaker may stay open: its way back leads over the gate, which probes.
const never = 1 << 62 * time.Nanosecond

// breaker counts how calls end and trips the gate when too many fail, so that jobs
// stay in the queue, uncharged, instead of using up their attempts.
type breaker struct {
	// mu is held while the library tells that the circuit has opened: it reads its counts then, without a lock of its own.
	mu      sync.Mutex
	circuit circuitbreaker.CircuitBreaker[any]
}

func newBreaker(trip func(reason string)) *breaker {
	circuit := circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(tripShare, tripCalls, tripWithin).
		WithDelay(never).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			trip(fmt.Sprintf("%d of %d calls within %s failed", e.Metrics().Failures(), e.Metrics().Executions(), tripWithin))
		}).
		Build()

	return &breaker{circuit: circuit}
}

// record counts a call. Calls that were on their way when the breaker opened do not count.
func (b *breaker) record(failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if failed {
		b.circuit.RecordFailure()
	} else {
		b.circuit.RecordSuccess()
	}
}

// reset begins to count anew.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.circuit.Close()
}
