package bulk

import (
	"fmt"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/outfile"
)

// keeper writes the checkpoint of a run: seldom enough to cost nothing, often
// enough that a run that was killed has little to look at again.
type keeper struct {
	path    string // empty: keep nothing
	every   time.Duration
	now     func() time.Time
	warn    func(string)
	about   checkpoint // what does not change
	account *account
	rejects *rejectsFile

	mu    sync.Mutex
	saved time.Time
	given bool // it could not be written, and that was said
	there bool // it is on disk
}

// begin writes the first one, so that a folder that cannot be written to is
// noticed before anything is sent.
func (k *keeper) begin() { k.save() }

// tick writes one when it is time.
func (k *keeper) tick() {
	if k.path == "" || !k.mu.TryLock() { // somebody else is writing one
		return
	}
	defer k.mu.Unlock()

	if !k.given && k.now().Sub(k.saved) >= k.every {
		k.write()
	}
}

// save writes one now.
func (k *keeper) save() {
	if k.path == "" {
		return
	}

	k.mu.Lock()
	defer k.mu.Unlock()

	k.write()
}

func (k *keeper) write() {
	c := k.about
	c.Settled, c.Counts, c.Rejects = k.account.settled()
	c.SavedAt = k.now().UTC()

	// The rejects first: a checkpoint must not promise what is not on disk.
	err := k.rejects.sync()
	if err == nil {
		err = c.save(k.path)
	}

	k.saved = k.now()
	k.there = k.there || err == nil

	if err != nil && !k.given {
		k.given = true
		k.warn(fmt.Sprintf("the checkpoint %s cannot be written (%v): going on without. "+
			"Should this run be interrupted, the same command sends nothing twice, but reads the file from its begin", k.path, err))
	}
}

// end keeps or removes the checkpoint of a run that is over.
func (k *keeper) end(complete bool) {
	if k.path == "" {
		return
	}

	if settled, _, _ := k.account.settled(); !complete && settled.Row > 0 {
		k.save()
		return
	}

	err := outfile.Remove(k.path)
	if k.there = false; err != nil {
		k.warn(fmt.Sprintf("the checkpoint of a file that is complete could not be removed: %v", err))
	}
}
