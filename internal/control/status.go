package control

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// Status is how the workers and the queue stand.
type Status struct {
	// At is the time of this status by the server's clock.
	At      time.Time `json:"at"`
	Workers []Worker  `json:"workers"`
	Pauses  []Pause   `json:"pauses"`
	// CoolDowns are the pauses that the API asked for and that last.
	CoolDowns []CoolDown `json:"cool_downs"`
	// Queue is how much there is to do.
	Queue jobs.Backlog `json:"queue"`
	// Programs are how each program gets on.
	Programs []Progress `json:"programs"`
}

// Worker is a worker as others see it.
type Worker struct {
	Presence

	LastSeen time.Time `json:"last_seen"`
	// Gone: it has not been seen for GoneAfter. Its jobs go to others.
	Gone bool `json:"gone"`
}

// Status reads how everything stands.
func (b *Bucket) Status(ctx context.Context) (Status, error) {
	at, err := b.now(ctx)
	if err != nil {
		return Status{}, err
	}

	status := Status{At: at}

	if status.Workers, err = b.Workers(ctx, at); err != nil {
		return Status{}, err
	}

	if status.Pauses, err = b.Pauses(ctx); err != nil {
		return Status{}, err
	}

	cools, err := b.CoolDowns(ctx)
	if err != nil {
		return Status{}, err
	}

	status.CoolDowns = slices.DeleteFunc(cools, func(c CoolDown) bool { return !c.Until.After(at) })

	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	if status.Queue, err = jobs.ReadBacklog(ctx, b.js); err != nil {
		return status, err
	}

	oldest, err := b.oldest(ctx, status.Queue)
	status.Programs = progress(status, oldest)

	return status, err
}

// Drifts are the differences between the streams and consumers and the settings of living workers, each with those who say so.
func (s Status) Drifts() map[string][]string {
	drifts := make(map[string][]string)

	for _, worker := range s.Workers {
		if !worker.Gone {
			for _, drift := range worker.Drifts {
				drifts[drift] = append(drifts[drift], worker.Worker)
			}
		}
	}

	return drifts
}

// Unserved are the programs of which jobs wait and that no living worker takes jobs of.
func (s Status) Unserved() []string {
	served := map[string]bool{}

	for _, worker := range s.Workers {
		for _, program := range worker.Programs {
			served[program.Name] = served[program.Name] || !worker.Gone && !worker.Stopping
		}
	}

	var unserved []string

	for _, p := range s.Queue.Programs {
		if !served[p.Program] && p.Jobs.Waiting+p.Due.Waiting > 0 {
			unserved = append(unserved, p.Program)
		}
	}

	return unserved
}

// Present returns the workers there are now, by the server's clock, and asks for nothing else.
func (b *Bucket) Present(ctx context.Context) ([]Worker, error) {
	at, err := b.now(ctx)
	if err != nil {
		return nil, err
	}

	return b.Workers(ctx, at)
}

// Workers returns the workers there are, and those that went without a word
// within the last hour, as seen at a time of the server's clock.
func (b *Bucket) Workers(ctx context.Context, at time.Time) ([]Worker, error) {
	entries, err := b.read(ctx, workerPrefix+">")
	if err != nil {
		return nil, err
	}

	workers := []Worker{}

	for _, e := range entries {
		age := at.Sub(e.at)
		if e.deleted || age >= forgetAfter {
			continue
		}

		var presence Presence
		if err := json.Unmarshal(e.value, &presence); err != nil || presence.Worker == "" {
			presence = Presence{Worker: strings.TrimPrefix(e.key, workerPrefix)} // of another version: it is there, at least
		}

		workers = append(workers, Worker{Presence: presence, LastSeen: e.at, Gone: age >= GoneAfter})
	}

	slices.SortFunc(workers, func(a, b Worker) int { return strings.Compare(a.Worker, b.Worker) })

	return workers, nil
}
