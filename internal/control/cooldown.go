package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

const (
	coolPrefix = "cool."
	liftPrefix = "lift."
)

// CoolDown is a pause that the API asked one worker for and that all keep.
type CoolDown struct {
	Program string `json:"program"`
	// Until is its end by the server's clock.
	Until time.Time `json:"until"`
	// By is the worker that was told.
	By string `json:"by"`
	// AfterLift is which word of an operator (CoolWord.Lift) that worker knew when it was told, zero for none. A pause on its way
	// while the operator ends it is over with it. Workers of earlier versions do not say.
	AfterLift *uint64 `json:"after_lift,omitempty"`
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

// CoolDowns returns the last pause of each program, also those that are over, without those that an operator has lifted.
func (b *Bucket) CoolDowns(ctx context.Context) ([]CoolDown, error) {
	entries, err := b.read(ctx, coolPrefix+">", liftPrefix+">")
	if errors.Is(err, ErrNoBucket) {
		return nil, nil // it is made again by who looks for pauses
	}

	if err != nil {
		return nil, err
	}

	var all []CoolDown

	for _, word := range coolWords(entries) {
		if word.Pause != nil {
			all = append(all, *word.Pause)
		}
	}

	return all, nil
}

// Lift is an operator's word that a pause which the API asked for is to end.
type Lift struct {
	Program string    `json:"program"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// LiftCoolDown ends the pause of a program that the API asked for, at all workers, and returns it; nil when none
// was known: a worker may keep one that it could not tell the others of. The API may ask again with its next answer.
func (b *Bucket) LiftCoolDown(ctx context.Context, l Lift) (*CoolDown, error) {
	if !jobs.ValidProgram(l.Program) {
		return nil, fmt.Errorf("%q cannot be the name of a program", l.Program)
	}

	there, err := b.CoolDowns(ctx)
	if err != nil {
		return nil, err
	}

	value, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encoding the end of a pause: %w", err)
	}

	if err := b.put(ctx, liftPrefix+l.Program, value); err != nil {
		return nil, err
	}

	var lifted *CoolDown

	for _, c := range there {
		if c.Program == l.Program {
			lifted = &c
		}
	}

	return lifted, nil
}

// CoolWord is what was said last about a program's pause. Its end has a key of its own, which stands beside the pauses
// that come after.
type CoolWord struct {
	Program string
	// Pause that was asked for since the last was lifted, if any.
	Pause *CoolDown
	// Lift is when one was lifted last, as the revision of the entry; zero for never. By is who did.
	Lift uint64
	By   string
}

func coolWords(entries []entry) []CoolWord {
	words := make(map[string]CoolWord)

	for _, e := range entries {
		if program, ours := strings.CutPrefix(e.key, liftPrefix); ours && !e.deleted {
			var lift Lift

			_ = json.Unmarshal(e.value, &lift) // the key says it all; the value is for the log
			words[program] = CoolWord{Program: program, Lift: e.revision, By: lift.By}
		}
	}

	for _, e := range entries {
		program, ours := strings.CutPrefix(e.key, coolPrefix)
		if !ours || e.deleted || e.revision < words[program].Lift {
			continue
		}

		var pause CoolDown
		if json.Unmarshal(e.value, &pause) != nil {
			continue
		}

		word := words[program]
		if pause.AfterLift != nil && *pause.AfterLift < word.Lift {
			continue // the operator spoke later than the API
		}

		pause.Program = program
		word.Program, word.Pause = program, &pause
		words[program] = word
	}

	return slices.SortedFunc(maps.Values(words), func(a, b CoolWord) int { return strings.Compare(a.Program, b.Program) })
}
