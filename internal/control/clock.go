package control

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock tells the server's time, so that workers whose clocks differ agree. Between two
// looks at the server it goes by the machine's monotonic clock: one that is set meanwhile changes nothing.
type Clock struct {
	bucket  *Bucket
	now     func() time.Time
	reading atomic.Pointer[reading]
}

// reading is a look at the server's clock.
type reading struct{ server, local time.Time }

// Clock returns a clock that goes like the machine's before the first Set.
func (b *Bucket) Clock() *Clock { return b.ClockBy(time.Now) }

// ClockBy returns one that goes by another clock than the machine's between two looks.
func (b *Bucket) ClockBy(now func() time.Time) *Clock { return &Clock{bucket: b, now: now} }

const (
	// quickly is how fast an answer must come to be taken at once: half of the time that it takes is what the clock may be wrong by.
	quickly = 4 * time.Millisecond
	// looks is how often the server is asked at most for one that comes quickly.
	looks = 5
)

// Set asks the server, again where the answer takes long, and takes the quickest.
func (c *Clock) Set(ctx context.Context) error {
	var (
		best  reading
		least time.Duration
	)

	for range looks {
		asked := c.now()

		at, err := c.bucket.now(ctx)
		if err != nil {
			return err
		}

		answered := c.now()

		took := answered.Sub(asked)
		if best.server.IsZero() || took < least {
			best, least = reading{server: at, local: asked.Add(took / 2)}, took
		}

		if least <= quickly {
			break
		}
	}

	c.reading.Store(&best)

	return nil
}

// Now is the server's time.
func (c *Clock) Now() time.Time {
	r := c.reading.Load()
	if r == nil {
		return c.now()
	}

	return r.server.Add(c.now().Sub(r.local))
}
