package bulk

import (
	"context"
	"errors"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// Patient is a queue that waits while the one behind it is full, instead of
// giving up: workers are taking jobs off it meanwhile.
type Patient struct {
	Queue

	// Pause is the time between two tries, default 2 s.
	Pause time.Duration
	// OnFull is called each time the queue refuses a batch for being full.
	OnFull func()
}

const defaultPause = 2 * time.Second

// PublishBatch tries until the queue takes the batch, or fails otherwise, or the context ends.
func (p Patient) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	var stored int64

	for {
		receipt, err := p.Queue.PublishBatch(ctx, batch)

		// What an earlier try has stored of the batch comes back as duplicates, and is none.
		receipt.Stored, receipt.Duplicates = receipt.Stored+stored, max(receipt.Duplicates-stored, 0)

		if !errors.Is(err, jobs.ErrQueueFull) {
			return receipt, err
		}

		stored = receipt.Stored

		p.OnFull()

		select {
		case <-ctx.Done():
			return receipt, errors.Join(err, ctx.Err())
		case <-time.After(p.pause()):
		}
	}
}

func (p Patient) pause() time.Duration {
	if p.Pause <= 0 {
		return defaultPause
	}

	return p.Pause
}
