package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/pan"
)

const workerPrefix = "worker."

const (
	// TickInterval is how often a worker looks whether there is something to tell or to be told.
	TickInterval = time.Second
	// renewTicks is after how many ticks a worker tells that it is there although nothing has changed.
	renewTicks = 10
	// GoneAfter is the age at which an entry no longer stands for a living worker.
	GoneAfter = 30 * time.Second
	// forgetAfter is the age at which an entry is not even shown as gone.
	forgetAfter = time.Hour
)

// Presence is what a worker tells about itself.
type Presence struct {
	Worker   string            `json:"worker"`
	Started  time.Time         `json:"started"`
	Programs []ProgramPresence `json:"programs"`
	// InFlight jobs are being worked on. Acknowledged ones have come to their end or next attempt since the start,
	// HandedBack ones are in the queue again.
	InFlight     int   `json:"in_flight"`
	Acknowledged int64 `json:"acknowledged"`
	HandedBack   int64 `json:"handed_back"`
	// Stopping: no more jobs are taken, those in flight are finished.
	Stopping bool `json:"stopping"`
	// DatabaseAway is since when Postgres does not answer the worker, which takes no jobs then.
	DatabaseAway time.Time `json:"database_away_since,omitzero"`
	// Drifts are the differences between the worker's settings and the streams and consumers, a line each.
	Drifts []string `json:"drifts,omitempty"`
	// Keys are those that the worker has loaded. Workers of earlier versions do not say.
	Keys []Key `json:"keys,omitempty"`
}

// ProgramPresence is what a worker tells about the jobs of one program.
type ProgramPresence struct {
	Name string `json:"name"`
	// MaxInFlight is how many of its jobs may be worked on at once now.
	MaxInFlight  int       `json:"max_in_flight"`
	CoolingUntil time.Time `json:"cooling_until,omitzero"`
	// Halt: our credentials are refused. Trip: nearly all calls fail. One is tried now and then.
	Halt *Stop `json:"halt,omitempty"`
	Trip *Stop `json:"trip,omitempty"`
	// Failing: the last calls got no answer of the API, or one of its failures.
	Failing *Trouble `json:"failing,omitempty"`
	// Calling is how many calls run. AgreedRate is how many a second all workers may make together; zero for no limit.
	Calling    int     `json:"calling,omitempty"`
	AgreedRate float64 `json:"agreed_rate,omitempty"`
	// Calls are how many were made a second over the last 1, 5 and 60 minutes, Left how many new jobs have left the queue: they
	// have come to their end or are scheduled for another attempt. Nil for none.
	Calls *Rates `json:"calls,omitempty"`
	Left  *Rates `json:"left,omitempty"`
	// Took counts the calls of the last five minutes by how long they took.
	Took pace.Took `json:"took,omitempty"`
	// Depths are how many new jobs were in the queue some time ago, by the looks of this worker.
	Depths []Depth `json:"depths,omitempty"`
}

// Rates are numbers a second.
type Rates struct {
	Minute      float64 `json:"1m"`
	FiveMinutes float64 `json:"5m"`
	Hour        float64 `json:"60m"`
}

// Depth is how many new jobs were in the queue.
type Depth struct {
	SecondsAgo int64  `json:"seconds_ago"`
	Jobs       uint64 `json:"jobs"`
}

// Trouble is how a worker's calls have failed since the API last gave an answer.
type Trouble struct {
	Reason string    `json:"reason"` // what the last of them came to
	Since  time.Time `json:"since"`
	Calls  int       `json:"calls"`
}

// Stop is why a worker takes no jobs of a program.
type Stop struct {
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
	NextProbe time.Time `json:"next_probe"`
	// Advice is what to do about it, where that is known.
	Advice string `json:"what_to_do,omitempty"`
}

// urgent is what is told at once when it changes; the rest can wait for the next renewal.
func (p Presence) urgent() string {
	var state strings.Builder

	fmt.Fprint(&state, p.Stopping, p.DatabaseAway)

	for _, program := range p.Programs {
		for _, stop := range []*Stop{program.Halt, program.Trip} {
			if stop != nil {
				fmt.Fprint(&state, program.Name, *stop)
			}
		}
	}

	return state.String()
}

// Announce keeps the entry of a worker at the ticks until the context ends, and
// takes it out then; its programs stay known for an hour. A worker that is killed leaves
// its entry, which ages; what others left long ago is removed at the start.
func (b *Bucket) Announce(ctx context.Context, ticks <-chan time.Time, describe func() Presence, logger *slog.Logger) {
	name := describe().Worker

	defer func() {
		if err := b.leave(context.WithoutCancel(ctx), name, programsOf(describe())); err != nil {
			logger.Warn("the worker's presence could not be taken back; it will be shown as gone", "error", err)
		}
	}()

	if err := b.sweep(ctx); err != nil {
		logger.Warn("what workers left that are gone could not be removed", "error", err)
	}

	told := "" // what others know; empty while that is not certain

	for tick := 0; ; tick++ {
		if now := describe(); told != now.urgent() || tick%renewTicks == 0 {
			err := b.publish(ctx, now)

			switch {
			case err == nil:
				told = now.urgent()
			case ctx.Err() == nil && (told != "" || tick == 0):
				logger.Warn("the worker's presence could not be told, trying again", "error", err)

				fallthrough
			default:
				told = ""
			}
		}

		if !guard.Tick(ctx, ticks) {
			return
		}
	}
}

func (b *Bucket) publish(ctx context.Context, p Presence) error {
	p.Programs = slices.Clone(p.Programs)
	for i := range p.Programs {
		p.Programs[i].Halt, p.Programs[i].Trip = masked(p.Programs[i].Halt), masked(p.Programs[i].Trip)

		if failing := p.Programs[i].Failing; failing != nil {
			p.Programs[i].Failing = &Trouble{Reason: pan.MaskText(failing.Reason), Since: failing.Since, Calls: failing.Calls}
		}
	}

	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding a presence: %w", err)
	}

	return b.put(ctx, workerKey(p.Worker), value)
}

func masked(s *Stop) *Stop {
	if s == nil {
		return nil
	}

	clean := *s
	clean.Reason, clean.Advice = pan.MaskText(clean.Reason), pan.MaskText(clean.Advice)

	return &clean
}

// sweep removes what workers left that were killed long ago.
func (b *Bucket) sweep(ctx context.Context) error {
	now, err := b.now(ctx)
	if errors.Is(err, ErrNoBucket) {
		return nil
	}

	if err != nil {
		return err
	}

	return b.sweepAt(ctx, now)
}

func (b *Bucket) sweepAt(ctx context.Context, now time.Time) error {
	entries, err := b.read(ctx, workerPrefix+">", leftPrefix+">")
	if err != nil {
		return err
	}

	for _, e := range entries {
		if now.Sub(e.at) < forgetAfter {
			continue
		}

		if err := b.erase(ctx, e.key); err != nil {
			return err
		}
	}

	return nil
}

func workerKey(name string) string { return keyOf(workerPrefix, name) }

// keyOf makes a key of a name, which may hold what a key may not.
func keyOf(prefix, name string) string {
	var key strings.Builder

	key.WriteString(prefix)

	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			key.WriteByte(c)
		} else {
			fmt.Fprintf(&key, "=%02X", c)
		}
	}

	return key.String()
}
