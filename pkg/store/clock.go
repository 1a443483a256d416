package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// clock is Postgres' time as the last transaction told it. Between two transactions it goes by this process' monotonic
// clock, so that a wall clock that is set here, or is wrong, changes nothing.
type clock struct{ at atomic.Pointer[reading] }

// reading is a time by Postgres' clock, and when it was read here.
type reading struct{ theirs, ours time.Time }

func (c *clock) set(now time.Time) {
	if !now.IsZero() {
		c.at.Store(&reading{theirs: now, ours: time.Now()})
	}
}

func (c *clock) now() time.Time {
	last := c.at.Load()

	return last.theirs.Add(time.Since(last.ours)).UTC()
}

// Now is the time by Postgres' clock, in UTC: that of the last transaction, and what has passed since. It asks nobody. It is
// behind by as long as that transaction took; after Postgres' clock was set it is wrong until the next one.
func (s *Store) Now() time.Time { return s.clock.now() }

// ReadClock asks Postgres for its time, for Now.
func (s *Store) ReadClock(ctx context.Context) error {
	var now time.Time
	if err := s.db.queryRow(ctx, `SELECT now()`, nil, &now); err != nil {
		return fmt.Errorf("reading the database's clock: %w", err)
	}

	s.clock.set(now)

	return nil
}
