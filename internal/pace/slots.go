package pace

import (
	"context"
	"sync"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
)

// Share is whose jobs a slot is for.
type Share int

// The shares: new jobs may fill the limit, and retries that are due come on top, a quarter
// of it and one at least. Where there are more than may be called, each waits for a seat, so
// that neither starves the other.
const (
	Fresh Share = iota
	Due
	shares int = iota
)

// mostSettling is how many jobs of a share are settled beside those that fill its slots, at most as many again. What is more
// keeps its slot: a slow store must stop the taking, and each job in hand takes memory.
const mostSettling = 64

// Slots bounds how many jobs of a program are in the worker's hands, and how many calls
// run at once. The limit follows the API: it falls while calls take longer the more of
// them there are, and rises again.
type Slots struct {
	limiter adaptivelimiter.AdaptiveLimiter[any]

	mu       sync.Mutex
	taken    [shares]int // not answered yet
	settling [shares]int
	seated   int
	freed    chan struct{} // closed and replaced when slots or seats become free
}

// baseline is over how many of the limiter's looks, a second or more each, the time is
// remembered that calls usually take. With the library's 10 a strained API counted as the
// usual one before the limit had come down.
const baseline = 100

// NewSlots makes slots whose limit stays within bounds. It begins at the upper one, which
// somebody has chosen: an API that can take less shows it within seconds.
func NewSlots(least, most int) *Slots {
	most = max(most, 1)
	least = min(max(least, 1), most)

	limiter := adaptivelimiter.NewBuilder[any]().
		WithLimits(uint(least), uint(most), uint(most)).
		WithBaselineWindow(baseline).
		// A program with little to do keeps its limit for the file that comes next.
		WithMaxLimitFunc(func(int) float64 { return float64(most) }).
		Build()

	return &Slots{limiter: limiter, freed: make(chan struct{})}
}

// Limit is how many calls may run at once now.
func (s *Slots) Limit() int { return s.limiter.Limit() }

// Acquire waits for a free slot and takes all that are free, up to most. It returns zero when the context ends.
func (s *Slots) Acquire(ctx context.Context, share Share, most int) int {
	for {
		n, freed := s.claim(share, most)
		if n > 0 {
			return n
		}

		select {
		case <-ctx.Done():
			return 0
		case <-freed:
		}
	}
}

func (s *Slots) claim(share Share, most int) (n int, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()

	slots := s.of(share)
	beside := min(s.settling[share], slots, mostSettling)
	n = min(max(slots-(s.taken[share]+s.settling[share]-beside), 0), most)
	s.taken[share] += n

	return n, s.freed
}

// of is how many slots a share has.
func (s *Slots) of(share Share) int {
	const part = 4

	if share == Due {
		return max(s.Limit()/part, 1)
	}

	return s.Limit()
}

// Release gives slots back.
func (s *Slots) Release(share Share, n int) { s.move(share, -n, 0) }

func (s *Slots) move(share Share, taken, settling int) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.taken[share] += taken
	s.settling[share] += settling
	s.wake()
}

// AcquireSeat waits until a job may be claimed and sent. Without it a claimed job could wait for its call, and
// the gate could close before that.
func (s *Slots) AcquireSeat(ctx context.Context) error {
	for {
		seated, freed := s.sit()
		if seated {
			return nil
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-freed:
		}
	}
}

func (s *Slots) sit() (seated bool, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.seated >= s.Limit() {
		return false, s.freed
	}

	s.seated++

	return true, nil
}

// ReleaseSeat gives the seat to another job.
func (s *Slots) ReleaseSeat() {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.seated--
	s.wake()
}

func (s *Slots) wake() {
	close(s.freed)
	s.freed = make(chan struct{})
}
