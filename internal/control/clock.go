package control

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock tells the server's time, so that workers whose clocks differ agree. Between two
// looks at the server it goes by the machine's own.
type Clock struct {
	bucket *Bucket
	ahead  atomic.Int64 // nanoseconds by which the server is ahead of us
}

// Clock returns a clock that goes like the machine's before the first Set.
func (b *Bucket) Clock() *Clock { return &Clock{bucket: b} }

// Set asks the server.
func (c *Clock) Set(ctx context.Context) error {
	asked := time.Now()

	at, err := c.bucket.now(ctx)
	if err != nil {
		return err
	}

	answered := time.Now()
	c.ahead.Store(int64(at.Sub(asked.Add(answered.Sub(asked) / 2))))

	return nil
}

// Now is the server's time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
