package control

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// leftPrefix is of what workers leave behind that stop in order.
const leftPrefix = "left."

// departure is what a worker leaves behind: the programs that it, or the one that takes its place, comes back for.
type departure struct {
	Programs []string `json:"programs"`
}

func programsOf(p Presence) []string {
	names := make([]string, len(p.Programs))
	for i, program := range p.Programs {
		names[i] = program.Name
	}

	return names
}

// leave takes a worker's presence out. Its programs are noted before: a restart must not look as if nobody knew them.
func (b *Bucket) leave(ctx context.Context, name string, programs []string) error {
	value, err := json.Marshal(departure{Programs: programs})
	if err != nil {
		return fmt.Errorf("encoding the programs of a worker: %w", err)
	}

	if err := b.put(ctx, keyOf(leftPrefix, name), value); err != nil {
		return err // then the entry stays, and says the same
	}

	return b.erase(ctx, workerKey(name))
}

// KnownPrograms returns the programs of the workers there are, and of those that were there within the last hour, as seen at a
// time of the server's clock: workers that are restarted, or were killed, come back for their jobs.
func (b *Bucket) KnownPrograms(ctx context.Context, at time.Time) (map[string]bool, error) {
	workers, err := b.Workers(ctx, at)
	if err != nil {
		return nil, err
	}

	known := make(map[string]bool)

	for _, worker := range workers {
		for _, program := range worker.Programs {
			known[program.Name] = true
		}
	}

	// Read after the workers: one that leaves meanwhile is in one of the two.
	left, err := b.read(ctx, leftPrefix+">")
	if err != nil {
		return nil, err
	}

	for _, e := range left {
		var d departure
		if e.deleted || at.Sub(e.at) >= forgetAfter || json.Unmarshal(e.value, &d) != nil {
			continue
		}

		for _, program := range d.Programs {
			known[program] = true
		}
	}

	return known, nil
}
