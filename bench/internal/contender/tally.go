package contender

import (
	"sync"
	"sync/atomic"
)

// tally counts the jobs that are done.
type tally struct {
	want  int64
	count atomic.Int64
	once  sync.Once
	all   chan struct{} // closed when all are done
}

func newTally(want int) *tally { return &tally{want: int64(want), all: make(chan struct{})} }

func (t *tally) one() { t.set(t.count.Add(1)) }

func (t *tally) set(count int64) {
	if count >= t.want {
		t.once.Do(func() { close(t.all) })
	}
}
