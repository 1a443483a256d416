package control

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock tells the server's time, so that workers whose clocks differ agree. Between two
// looks at the server it goes by the machine's monotonic clock: one that is set meanwhile changes nothing.
type Clock struct {
	bucket *Bucket
	last   atomic.Pointer[look]
}

// look is the server's time, and when it was read here.
type look struct{ theirs, ours time.Time }

// Clock returns a clock that goes like the machine's before the first Set.
func (b *Bucket) Clock() *Clock { return &Clock{bucket: b} }

// Set asks the server.
func (c *Clock) Set(ctx context.Context) error {
	asked := time.Now()

	at, err := c.bucket.now(ctx)
	if err != nil {
		return err
	}

	c.last.Store(&look{theirs: at, ours: asked.Add(time.Since(asked) / 2)})

	return nil
}

// Now is the server's time.
func (c *Clock) Now() time.Time {
	last := c.last.Load()
	if last == nil {
		return time.Now()
	}

	return last.theirs.Add(time.Since(last.ours))
}
