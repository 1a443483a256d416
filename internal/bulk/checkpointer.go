package bulk

import (
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/outfile"
)

// checkpointer writes the checkpoint of a run: seldom enough to cost nothing, often
// enough that a run that was killed has little to look at again.
type checkpointer struct {
	path     string // empty: keep nothing
	every    time.Duration
	now      func() time.Time
	warn     func(string)
	template checkpoint // what does not change
	counts   *runCounts
	rejects  *rejects.File

	mu      sync.Mutex
	savedAt time.Time
	failed  bool // it could not be written, and that was said
	onDisk  bool // it is on disk
}

// start writes the first one, so that a folder that cannot be written to is
// noticed before anything is sent.
func (k *checkpointer) start() { k.save() }

// tick writes one when it is time.
func (k *checkpointer) tick() {
	if k.path == "" || !k.mu.TryLock() { // somebody else is writing one
		return
	}
	defer k.mu.Unlock()

	if !k.failed && k.now().Sub(k.savedAt) >= k.every {
		k.write()
	}
}

// save writes one now.
func (k *checkpointer) save() {
	if k.path == "" {
		return
	}

	k.mu.Lock()
	defer k.mu.Unlock()

	k.write()
}

func (k *checkpointer) write() {
	c := k.template
	c.Settled, c.Counts, c.Rejects = k.counts.settled()
	c.SavedAt = k.now().UTC()

	// The rejects first: a checkpoint must not promise what is not on disk.
	err := k.rejects.Sync()
	if err == nil {
		err = c.save(k.path)
	}

	k.savedAt = k.now()
	k.onDisk = k.onDisk || err == nil

	if err != nil && !k.failed {
		k.failed = true
		k.warn(fmt.Sprintf("the checkpoint %s cannot be written (%v): going on without. "+
			"Should this run be interrupted, the same command sends nothing twice, but reads the file from its begin", k.path, err))
	}
}

// finish keeps or removes the checkpoint of a run that is over.
func (k *checkpointer) finish(complete bool) {
	if k.path == "" {
		return
	}

	if settled, _, _ := k.counts.settled(); !complete && settled.Row > 0 {
		k.save()
		return
	}

	err := outfile.Remove(k.path)
	if k.onDisk = false; err != nil {
		k.warn(fmt.Sprintf("the checkpoint of a file that is complete could not be removed: %v", err))
	}
}
