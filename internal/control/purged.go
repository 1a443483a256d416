package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

const purgedKey = "purged.letters"

// Purged says how far the dead letters have been looked through for what must not be kept.
type Purged struct {
	// Rule is the version of the rule by which they were looked through.
	Rule int `json:"rule"`
	// Through is the sequence of the last letter that was looked at.
	Through uint64 `json:"through"`
	// Sealed letters could not be opened with Kids, the intake keys of the worker that looked.
	Sealed int      `json:"sealed,omitempty"`
	Kids   []string `json:"kids,omitempty"`
}

// Purged returns the note, or the zero value where there is none that can be read: then all letters are looked at again.
func (b *Bucket) Purged(ctx context.Context) (Purged, error) {
	entries, err := b.read(ctx, purgedKey)
	if err != nil && !errors.Is(err, ErrNoBucket) {
		return Purged{}, err
	}

	var note Purged

	for _, e := range entries {
		if e.deleted || json.Unmarshal(e.value, &note) != nil {
			note = Purged{}
		}
	}

	return note, nil
}

// SetPurged writes the note. Of two workers that look at the same time the later word stands: it costs a second look at most.
func (b *Bucket) SetPurged(ctx context.Context, p Purged) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding how far letters were looked at: %w", err)
	}

	return b.put(ctx, purgedKey, value)
}
