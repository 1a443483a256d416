package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// RetryingQueue is a queue that waits for the one behind it, instead of giving up:
// while that is full, because workers are taking jobs off it, and while it does not
// answer, because servers come back. It is safe for concurrent use.
type RetryingQueue struct {
	Queue

	// Pause is the time between two tries, default 2 s.
	Pause time.Duration
	// MaxOutage is how long the queue may not answer, default 10 minutes. A full
	// one is waited for without end.
	MaxOutage time.Duration
	// OnWait is told why batches have to wait, and for how long they have: when it
	// begins, and each minute. A queue that is full again and again, as workers make room and
	// batches fill it, is told of once a minute too. The reason wraps jobs.ErrQueueFull or jobs.ErrNoAnswer.
	OnWait func(reason error, since time.Duration)
	// OnAnswer is called when a queue answers again, with how long it did not.
	OnAnswer func(after time.Duration)
	// Now is the clock, default time.Now.
	Now func() time.Time

	mu         sync.Mutex
	answeredAt time.Time // when the queue answered the last time
	silent     waiting   // while it does not
	full       waiting   // while it refuses for want of room
}

// waiting is a time during which batches wait for one reason.
type waiting struct {
	since    time.Time // zero: they do not wait
	reported time.Time // when OnWait was told of this reason the last time, perhaps of an earlier wait
}

const (
	defaultPause  = 2 * time.Second
	defaultGiveUp = 10 * time.Minute
	remindEvery   = time.Minute
)

// PublishBatch tries until the queue takes the batch, or fails otherwise, or has
// not answered for too long, or the context ends.
func (p *RetryingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	var stored int64

	for {
		tried := p.now()
		receipt, err := p.Queue.PublishBatch(ctx, batch)

		// What an earlier try has stored of the batch comes back as duplicates, and is none.
		receipt.Stored, receipt.Duplicates = receipt.Stored+stored, max(receipt.Duplicates-stored, 0)

		switch {
		case errors.Is(err, jobs.ErrQueueFull):
			p.noteAnswered()
			p.noteFull(err)
		case errors.Is(err, jobs.ErrNoAnswer):
			if err := p.noteSilent(err, tried); err != nil {
				return receipt, err
			}
		case err == nil:
			p.noteAccepted()
			return receipt, nil
		default:
			return receipt, err
		}

		stored = receipt.Stored

		select {
		case <-ctx.Done():
			return receipt, errors.Join(err, ctx.Err())
		case <-time.After(orDefault(p.Pause, defaultPause)):
		}
	}
}

func (p *RetryingQueue) noteFull(reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	now := p.now()
	if p.full.since.IsZero() {
		p.full.since = now
	}

	// Not each time it begins: beside workers that make room a queue is full for moments, many in a minute.
	if p.full.reported.IsZero() || now.Sub(p.full.reported) >= remindEvery {
		p.report(reason, &p.full, now)
	}
}

// noteSilent returns an error when the queue has been so for too long. What was
// tried before it answered others tells nothing.
func (p *RetryingQueue) noteSilent(reason error, tried time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.answeredAt.After(tried) {
		return nil
	}

	now := p.now()

	begun := p.silent.since.IsZero()
	if begun {
		p.silent.since = now
	}

	since := now.Sub(p.silent.since)

	switch {
	case since >= orDefault(p.MaxOutage, defaultGiveUp):
		return fmt.Errorf("given up after %s without an answer: %w", since.Round(time.Second), reason)
	case begun, now.Sub(p.silent.reported) >= remindEvery:
		p.report(reason, &p.silent, now)
	}

	return nil
}

// noteAccepted notes that the queue has taken a batch: it answers, and is not full.
func (p *RetryingQueue) noteAccepted() {
	p.noteAnswered()

	p.mu.Lock()
	defer p.mu.Unlock()

	p.full.since = time.Time{}
}

func (p *RetryingQueue) noteAnswered() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.answeredAt = p.now()

	if p.silent.since.IsZero() {
		return
	}

	if p.OnAnswer != nil {
		p.OnAnswer(p.answeredAt.Sub(p.silent.since))
	}

	p.silent.since = time.Time{}
}

func (p *RetryingQueue) report(reason error, w *waiting, now time.Time) {
	w.reported = now

	if p.OnWait != nil {
		p.OnWait(reason, now.Sub(w.since))
	}
}

func (p *RetryingQueue) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}

	return p.Now()
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}

	return d
}
