package control

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock tells the server's time, so that workers whose clocks differ agree. Between two looks at the server it
// counts the time that passes, which a machine's clock that is set meanwhile does not change.
type Clock struct {
	bucket *Bucket
	set    atomic.Pointer[reading]
}

// reading is what the server's clock showed at a moment of ours.
type reading struct{ server, ours time.Time }

// Clock returns a clock that goes like the machine's before the first Set.
func (b *Bucket) Clock() *Clock { return &Clock{bucket: b} }

// Set asks the server.
func (c *Clock) Set(ctx context.Context) error {
	asked := time.Now()

	at, err := c.bucket.now(ctx)
	if err != nil {
		return err
	}

	c.set.Store(&reading{server: at, ours: asked.Add(time.Since(asked) / 2)})

	return nil
}

// Now is the server's time.
func (c *Clock) Now() time.Time {
	if r := c.set.Load(); r != nil {
		return r.server.Add(time.Since(r.ours)) // by the monotonic clock
	}

	return time.Now()
}
