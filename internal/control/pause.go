package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// A program may be called "all", hence the word between.
const (
	pausePrefix        = "pause."
	pauseAllKey        = pausePrefix + "all"
	pauseProgramPrefix = pausePrefix + "program."
)

// Pause is an operator's word that jobs are not to be taken.
type Pause struct {
	// Program whose jobs are meant; empty for those of all.
	Program string `json:"program,omitempty"`
	// By is who paused it, Why what for, if that was said.
	By  string    `json:"by,omitempty"`
	At  time.Time `json:"at,omitzero"`
	Why string    `json:"why,omitempty"`
}

func pauseKey(program string) string {
	if program == "" {
		return pauseAllKey
	}

	return pauseProgramPrefix + program
}

// Pause tells the workers not to take jobs until Resume. A second pause replaces the first.
func (b *Bucket) Pause(ctx context.Context, p Pause) error {
	if p.Program != "" && !jobs.ValidProgram(p.Program) {
		return fmt.Errorf("%q cannot be the name of a program", p.Program)
	}

	p.Why = pan.MaskText(p.Why)

	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a pause: %w", err)
	}

	return b.put(ctx, pauseKey(p.Program), value)
}

// Resume lifts a pause and returns it; nil when there was none. An empty program lifts
// the pause of all and leaves those of single programs.
func (b *Bucket) Resume(ctx context.Context, program string) (*Pause, error) {
	if program != "" && !jobs.ValidProgram(program) {
		return nil, fmt.Errorf("%q cannot be the name of a program", program)
	}

	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	kv, err := b.open(ctx)
	if err != nil {
		return nil, err
	}

	var lifted *Pause

	switch was, err := kv.Get(ctx, pauseKey(program)); {
	case err == nil:
		p := pauseOf(entry{key: was.Key(), value: was.Value(), at: was.Created()})
		lifted = &p
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, fmt.Errorf("reading the pause: %w", err)
	}

	// The mark is written even where there is no pause: a worker that remembers one would else put it back.
	if err := kv.Delete(ctx, pauseKey(program)); err != nil {
		return nil, fmt.Errorf("lifting the pause: %w", err)
	}

	return lifted, nil
}

// Pauses returns what is paused, that of all programs first.
func (b *Bucket) Pauses(ctx context.Context) ([]Pause, error) {
	entries, err := b.read(ctx, pausePrefix+">")
	if err != nil {
		return nil, err
	}

	pauses := []Pause{}

	for _, e := range entries {
		if !e.deleted {
			pauses = append(pauses, pauseOf(e))
		}
	}

	slices.SortFunc(pauses, func(a, b Pause) int { return strings.Compare(a.Program, b.Program) })

	return pauses, nil
}

// pauseOf reads an entry. The key alone says what is paused: one whose value cannot be read is a pause all the same.
func pauseOf(e entry) Pause {
	var p Pause
	if err := json.Unmarshal(e.value, &p); err != nil {
		p = Pause{Why: "the entry cannot be read"}
	}

	if p.At.IsZero() {
		p.At = e.at
	}

	p.Program, _ = strings.CutPrefix(e.key, pauseProgramPrefix)
	if e.key == pauseAllKey {
		p.Program = ""
	}

	return p
}
