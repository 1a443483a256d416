package chaos

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/test/process"
)

// puppet is what of a worker the harness can order about.
type puppet struct {
	ahead   atomic.Int64 // of its clock, in nanoseconds
	crashAt atomic.Pointer[enroll.Step]
	dying   atomic.Pointer[death]
}

// death is the end of a worker between what it commits and what it announces.
type death struct {
	once  sync.Once
	after time.Duration // from a job that it has claimed
}

func (p *puppet) obey(order string) {
	if step, ok := strings.CutPrefix(order, crashOrder); ok {
		p.crashAt.Store((*enroll.Step)(&step))
	}

	if text, ok := strings.CutPrefix(order, clockOrder); ok {
		if ahead, err := time.ParseDuration(text); err == nil {
			p.ahead.Store(int64(ahead))
		}
	}

	if text, ok := strings.CutPrefix(order, forgetOrder); ok {
		if after, err := time.ParseDuration(text); err == nil {
			p.dying.Store(&death{after: after})
		}
	}
}

func (p *puppet) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

func (p *puppet) reached(step enroll.Step) {
	if at := p.crashAt.Load(); at != nil && *at == step {
		die()
	}

	d := p.dying.Load()
	if d == nil {
		return
	}

	switch step {
	case enroll.StepClaimed:
		d.once.Do(func() {
			_ = process.Tell(claimed)

			time.AfterFunc(d.after, die)
		})
	case enroll.StepCommitted:
		select {} // until it dies: nothing of this job is announced
	default:
	}
}

// claimed is what a worker tells that was ordered to forget.
const claimed = "claimed"

func die() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) } // cannot fail, and does not return
