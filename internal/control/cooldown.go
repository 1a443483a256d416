package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const coolPrefix = "cool."

// CoolDown is a pause that the API asked one worker for and that all keep.
type CoolDown struct {
	Program string `json:"program"`
	// Until is its end by the server's clock.
	Until time.Time `json:"until"`
	// By is the worker that was told.
	By string `json:"by"`
}

// CoolDown tells the other workers of a pause. One that ends later stands.
func (b *Bucket) CoolDown(ctx context.Context, c CoolDown) error {
	there, err := b.CoolDowns(ctx)
	if err != nil {
		return err
	}

	for _, other := range there {
		if other.Program == c.Program && !c.Until.After(other.Until) {
			return nil
		}
	}

	value, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encoding a pause: %w", err)
	}

	// Of two that are written at the same time the later write stands, which costs one more refusal at most.
	return b.put(ctx, coolPrefix+c.Program, value)
}

// CoolDowns returns the last pause of each program, also those that are over.
func (b *Bucket) CoolDowns(ctx context.Context) ([]CoolDown, error) {
	entries, err := b.read(ctx, coolPrefix+">")
	if errors.Is(err, ErrNoBucket) {
		return nil, nil // it is made again by who looks for pauses
	}

	if err != nil {
		return nil, err
	}

	var all []CoolDown

	for _, e := range entries {
		var c CoolDown
		if e.deleted || json.Unmarshal(e.value, &c) != nil {
			continue
		}

		c.Program = strings.TrimPrefix(e.key, coolPrefix)
		all = append(all, c)
	}

	return all, nil
}
