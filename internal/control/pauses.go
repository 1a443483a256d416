package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/jobs"
)

// Pauses is what a worker knows of the pauses. It asks for them anew at each
// tick: one request, which misses nothing when a connection, a leader or the
// bucket itself comes and goes. What it cannot learn it takes to be as it was.
type Pauses struct {
	bucket *Bucket
	ensure func(context.Context) error
	logger *slog.Logger

	failing bool             // of Keep alone
	heed    func([]CoolWord) // is told of what the API asked for, which is read with the pauses

	mu      sync.Mutex
	known   map[string]Pause // by key
	changed chan struct{}    // closed and replaced at each change, to wake those who wait
}

// WatchPauses returns a worker's view of the pauses, with nothing paused before the
// first Refresh. When the bucket is missing, ensure is called to make it.
func (b *Bucket) WatchPauses(ensure func(context.Context) error, logger *slog.Logger) *Pauses {
	return &Pauses{
		bucket: b, ensure: ensure, logger: logger,
		heed: func([]CoolWord) {}, known: map[string]Pause{}, changed: make(chan struct{}),
	}
}

// OnCoolDowns has a function told, at each refresh, of the pauses that the API asked for. It is called before the first.
func (p *Pauses) OnCoolDowns(heed func([]CoolWord)) { p.heed = heed }

// Paused reports whether jobs of a program may not be taken; of the empty program, whether none may.
func (p *Pauses) Paused(program string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()

	if _, all := p.known[pauseAllKey]; all {
		return true
	}

	_, paused := p.known[pauseKey(program)]

	return paused
}

// Wait returns as soon as jobs of a program may be taken, or with the context's error.
func (p *Pauses) Wait(ctx context.Context, program string) error {
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()

		if !p.Paused(program) {
			return nil
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Run refreshes at each tick until the context ends.
func (p *Pauses) Run(ctx context.Context, ticks <-chan time.Time) {
	for guard.Tick(ctx, ticks) {
		err := p.Refresh(ctx)

		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !p.failing:
			p.logger.Warn("the pauses cannot be read; what was paused stays so, the rest goes on", "error", err)
		case err == nil && p.failing:
			p.logger.Info("the pauses can be read again")
		}

		p.failing = err != nil
	}
}

// Refresh reads the pauses once, and puts back those that were lost with the bucket.
func (p *Pauses) Refresh(ctx context.Context) error {
	entries, err := p.bucket.read(ctx, pausePrefix+">", coolPrefix+">", liftPrefix+">")

	missing := errors.Is(err, ErrNoBucket)
	if missing {
		err = p.ensure(ctx)
	}

	if err != nil {
		return err
	}

	p.heed(coolWords(entries))

	pauses := slices.DeleteFunc(entries, func(e entry) bool { return !strings.HasPrefix(e.key, pausePrefix) })

	for key, pause := range p.merge(pauses) {
		if err := p.bucket.restore(ctx, key, pause); err != nil {
			return err
		}
	}

	if missing {
		p.logger.Info("the bucket for words to the workers was missing and has been made", "bucket", jobs.BucketControl)
	}

	return nil
}

// merge takes over what was read and returns what we know and the bucket does not.
func (p *Pauses) merge(entries []entry) (lost map[string]Pause) {
	p.mu.Lock()
	defer p.mu.Unlock()

	lost = maps.Clone(p.known)
	resumed := false

	for _, e := range entries {
		delete(lost, e.key)

		was, paused := p.known[e.key]

		switch {
		case e.deleted && paused:
			delete(p.known, e.key)

			resumed = true

			p.logger.Info("resumed by an operator", "program", named(was.Program))
		case !e.deleted:
			now := pauseOf(e)
			p.known[e.key] = now

			if !paused {
				p.logger.Info("paused by an operator", "program", named(now.Program), "by", now.By, "why", now.Why)
			}
		}
	}

	if resumed {
		close(p.changed)
		p.changed = make(chan struct{})
	}

	return lost
}

// restore writes a pause whose key is not in the bucket, unless somebody has said something about it meanwhile.
func (b *Bucket) restore(ctx context.Context, key string, p Pause) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a pause: %w", err)
	}

	kv, err := b.open(ctx)
	if err != nil {
		return err
	}

	if _, err = kv.Update(ctx, key, value, 0); err != nil && !isWrongLastSequence(err) {
		return fmt.Errorf("putting back the pause of %s: %w", named(p.Program), err)
	}

	return nil
}

func named(program string) string {
	if program == "" {
		return "all"
	}

	return program
}
