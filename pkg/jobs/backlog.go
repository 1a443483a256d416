package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Backlog is how much there is to do in the queue. Its numbers are read one after the
// other while workers go on, so they need not add up.
type Backlog struct {
	Programs []ProgramBacklog `json:"programs"`
	// Scheduled retries wait for their time.
	Scheduled uint64 `json:"retries_scheduled"`
	// DeadLetters are kept for their age, those that were sent again included.
	DeadLetters uint64 `json:"dead_letters"`
	// Bytes is the size of the stream of new jobs, MaxBytes the one at which it refuses more; zero for none.
	Bytes    uint64 `json:"bytes"`
	MaxBytes uint64 `json:"max_bytes"`
}

// ProgramBacklog is how many jobs of one program there are.
type ProgramBacklog struct {
	Program string      `json:"program"`
	Jobs    LaneBacklog `json:"jobs"`
	Due     LaneBacklog `json:"retries_due"`
}

// LaneBacklog is how full one lane is.
type LaneBacklog struct {
	// Waiting messages have not been given to a worker, or wait behind others.
	Waiting uint64 `json:"waiting"`
	// Taken messages are in the hands of workers, or were handed back to come again in a moment.
	Taken uint64 `json:"taken"`
	// MaxTaken is how many can be taken at once; past it no worker is given more. Zero is no limit.
	MaxTaken uint64 `json:"max_taken"`
}

// Full reports whether messages wait because too many are taken.
func (l LaneBacklog) Full() bool { return l.MaxTaken > 0 && l.Taken >= l.MaxTaken && l.Waiting > 0 }

// ReadBacklog asks the server. Its cost does not depend on the number of jobs. Programs
// are those that have a consumer, in the order of their names.
func ReadBacklog(ctx context.Context, js jetstream.JetStream) (Backlog, error) {
	var backlog Backlog

	dead, err := lookAt(ctx, js, StreamDead)
	if err != nil {
		return Backlog{}, err
	}

	fresh, byProgram, err := lanesOf(ctx, js, StreamJobs)
	if err != nil {
		return Backlog{}, err
	}

	retries, dueByProgram, err := lanesOf(ctx, js, StreamRetry)
	if err != nil {
		return Backlog{}, err
	}

	backlog.DeadLetters = dead.CachedInfo().State.Msgs
	backlog.Bytes, backlog.MaxBytes = fresh.State.Bytes, uint64(max(fresh.Config.MaxBytes, 0))
	backlog.Scheduled = retries.State.Msgs

	for program, lane := range byProgram {
		backlog.Programs = append(backlog.Programs, ProgramBacklog{program, lane, dueByProgram[program]})
	}

	for _, due := range dueByProgram {
		backlog.Scheduled -= min(backlog.Scheduled, due.Waiting+due.Taken)
	}

	slices.SortFunc(backlog.Programs, func(a, b ProgramBacklog) int { return strings.Compare(a.Program, b.Program) })

	return backlog, nil
}

// Total adds the programs up.
func (b Backlog) Total() (jobs, due LaneBacklog) {
	for _, p := range b.Programs {
		jobs.Waiting += p.Jobs.Waiting
		jobs.Taken += p.Jobs.Taken
		due.Waiting += p.Due.Waiting
		due.Taken += p.Due.Taken
	}

	return jobs, due
}

// lookAt asks for a stream and its state, which it keeps (CachedInfo).
func lookAt(ctx context.Context, js jetstream.JetStream, name string) (jetstream.Stream, error) {
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", name, err)
	}

	return stream, nil
}

// lanesOf reads a stream and its programs' consumers.
func lanesOf(ctx context.Context, js jetstream.JetStream, name string) (*jetstream.StreamInfo, map[string]LaneBacklog, error) {
	stream, err := lookAt(ctx, js, name)
	if err != nil {
		return nil, nil, err
	}

	consumers, err := consumersOf(ctx, stream)
	if err != nil {
		return nil, nil, err
	}

	lanes := make(map[string]LaneBacklog, len(consumers))

	for _, info := range consumers {
		if program, ours := programOfConsumer(name, info.Name); ours {
			lanes[program] = LaneBacklog{
				Waiting:  info.NumPending,
				Taken:    uint64(max(info.NumAckPending, 0)),
				MaxTaken: uint64(max(info.Config.MaxAckPending, 0)), // -1 is no limit
			}
		}
	}

	return stream.CachedInfo(), lanes, nil
}
