package chaos

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/test/process"
)

// slot is the place of one worker: its links, and whatever process fills it now. A process that ends is followed by
// another, under another name, as a supervisor would do.
type slot struct {
	number int
	config workerConfig // but for the name
	links  map[Link][]*proxy
	log    io.Writer

	mu    sync.Mutex
	child *process.Child
	lives int
	ahead time.Duration // of the worker's clock
	build build
}

// respawn is the pause between the end of a worker and its successor.
const respawn = 200 * time.Millisecond

// keep gives the worker a successor whenever it ends, until the context ends, and then stops the last one in good order.
func (s *slot) keep(ctx context.Context) error {
	for {
		select {
		case <-s.current().Done:
		case <-ctx.Done():
			return s.retire(s.current())
		}

		select {
		case <-time.After(respawn):
		case <-ctx.Done():
			return nil
		}

		if err := s.spawn(ctx); err != nil {
			return err
		}
	}
}

// start starts the first worker and returns when it takes jobs.
func (s *slot) start(ctx context.Context) error {
	if err := s.spawn(ctx); err != nil {
		return err
	}

	<-s.current().Ready

	return nil
}

func (s *slot) spawn(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.lives++
	config := s.config
	config.Name = fmt.Sprintf("%s-%d.%d", s.build.name, s.number, s.lives)
	config.Ahead = s.ahead

	c, err := s.build.start(ctx, config, s.log)
	if err != nil {
		return err
	}

	s.child = c

	return nil
}

// turnTo replaces the worker by one of another version, as a deployment does: it stops in good order, and its successor is of
// the other.
func (s *slot) turnTo(b build) error {
	s.mu.Lock()
	s.build = b
	current := s.child
	s.mu.Unlock()

	return s.retire(current)
}

// retire stops a worker as SIGTERM would; one that does not stop within its grace and more is a defect of its own.
func (s *slot) retire(c *process.Child) error {
	const patience = grace + 20*time.Second

	if !c.Stop(patience) {
		return fmt.Errorf("worker %d did not stop within %s; see its log", s.number, patience)
	}

	return nil
}

// current is the process of the moment; one that has just ended does no harm.
func (s *slot) current() *process.Child {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.child
}

// skew moves the clock of the worker, and of its successors.
func (s *slot) skew(ahead time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.ahead = ahead
	s.child.Order(clockOrder + ahead.String())
}

// each does something to every proxy of a link: there is one for each server.
func (s *slot) each(l Link, do func(*proxy)) {
	for _, p := range s.links[l] {
		do(p)
	}
}

func (s *slot) close() {
	for _, proxies := range s.links {
		for p := range slices.Values(proxies) {
			p.close()
		}
	}
}
