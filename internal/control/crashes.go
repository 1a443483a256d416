package control

import (
	"context"
	"errors"
	"strconv"
)

const crashPrefix = "reading."

// Crashes keeps in the bucket which messages were being read when a worker ended, so that one that ends every worker which
// reads it can be told from others. Only messages that were delivered many times are noted.
type Crashes struct{ bucket *Bucket }

// Crashes returns the notes of the bucket.
func (b *Bucket) Crashes() Crashes { return Crashes{bucket: b} }

// Reading notes that a message, named by stream and sequence, is about to be read. It returns how many readings of it were
// begun before and never ended.
func (c Crashes) Reading(ctx context.Context, message string) (unended int, err error) {
	key := crashPrefix + message

	entries, err := c.bucket.read(ctx, key)
	if err != nil && !errors.Is(err, ErrNoBucket) {
		return 0, err
	}

	for _, e := range entries {
		if !e.deleted {
			unended, _ = strconv.Atoi(string(e.value)) // what somebody else wrote there counts as nothing
		}
	}

	return unended, c.bucket.put(ctx, key, []byte(strconv.Itoa(unended+1)))
}

// Read notes that the reading of a message has ended.
func (c Crashes) Read(ctx context.Context, message string) error {
	return c.bucket.erase(ctx, crashPrefix+message)
}
