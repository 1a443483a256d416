package jobs

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Backlog is how much there is to do in the queue. Its numbers are read one after the
// other while workers go on, so they need not add up.
type Backlog struct {
	Programs []ProgramBacklog `json:"programs"`
	// Scheduled retries wait for their time.
	Scheduled uint64 `json:"retries_scheduled"`
	// Orphans are jobs on subjects that no program's consumer takes. Workers end them; those of a program whose
	// consumer is missing wait until a worker has put it back.
	Orphans uint64 `json:"strays"`
	// Patterns are messages whose subject has a wildcard in it: no consumer can be made for them.
	Patterns uint64 `json:"patterns"`
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
	// Stranded messages are in the stream and no consumer will deliver them; workers bring them back. Since is
	// when the oldest was published.
	Stranded      uint64    `json:"stranded"`
	StrandedSince time.Time `json:"stranded_since,omitzero"`
}

// Full reports whether messages wait because too many are taken.
func (l LaneBacklog) Full() bool { return l.MaxTaken > 0 && l.Taken >= l.MaxTaken && l.Waiting > 0 }

// Depth counts the messages on their way: those that wait, and those in the hands of workers.
func (l LaneBacklog) Depth() uint64 { return l.Waiting + l.Taken }

// Empty reports whether the lane has no message at all.
func (l LaneBacklog) Empty() bool { return l.Waiting == 0 && l.Taken == 0 && l.Stranded == 0 }

// NamedBacklog is how full a lane is, with the name of its consumer.
type NamedBacklog struct {
	LaneBacklog

	Consumer string
}

// Lanes are that of new jobs and that of due retries.
func (p ProgramBacklog) Lanes() []NamedBacklog {
	return []NamedBacklog{{p.Jobs, ConsumerJobs(p.Program)}, {p.Due, ConsumerDue(p.Program)}}
}

// ReadBacklog asks the server. Its cost does not depend on the number of jobs. Programs
// are those that have a consumer, in the order of their names.
func ReadBacklog(ctx context.Context, js jetstream.JetStream) (Backlog, error) {
	s, err := takeSnapshot(ctx, js)
	if err != nil {
		return Backlog{}, err
	}

	stranded, _, err := s.stranded(ctx)
	if err != nil {
		return Backlog{}, err
	}

	return s.backlog(stranded), nil
}

func (s snapshot) backlog(stranded []Stranded) Backlog {
	backlog := Backlog{
		DeadLetters: s.dead.State.Msgs,
		Bytes:       s.jobs.info().State.Bytes,
		MaxBytes:    uint64(max(s.jobs.info().Config.MaxBytes, 0)),
		Scheduled:   s.retry.info().State.Msgs,
	}

	fresh, due := s.jobs.lanes(stranded), s.retry.lanes(stranded)
	for program, lane := range fresh {
		backlog.Programs = append(backlog.Programs, ProgramBacklog{program, lane, due[program]})
	}

	var dueMessages uint64
	for _, messages := range s.retry.subjects {
		dueMessages += messages
	}

	backlog.Scheduled -= min(backlog.Scheduled, dueMessages)

	for _, h := range []half{s.jobs, s.retry} {
		for subject, messages := range h.untaken(Topology{}) {
			if literal(subject) {
				backlog.Orphans += messages
			} else {
				backlog.Patterns += messages
			}
		}
	}

	slices.SortFunc(backlog.Programs, func(a, b ProgramBacklog) int { return strings.Compare(a.Program, b.Program) })

	return backlog
}

// lanes are the consumers of programs.
func (h half) lanes(stranded []Stranded) map[string]LaneBacklog {
	lanes := make(map[string]LaneBacklog, len(h.consumers))

	for _, info := range h.consumers {
		program, ours := programOfConsumer(h.name(), info.Name)
		if !ours {
			continue
		}

		lane := LaneBacklog{
			Waiting:  info.NumPending,
			Taken:    uint64(max(info.NumAckPending, 0)),
			MaxTaken: uint64(max(info.Config.MaxAckPending, 0)), // -1 is no limit
		}

		for _, s := range stranded {
			if s.Stream == h.name() && s.Consumer.Durable == info.Name {
				lane.Stranded, lane.StrandedSince = s.Messages, s.At
			}
		}

		lanes[program] = lane
	}

	return lanes
}

// Total adds the programs up.
func (b Backlog) Total() (jobs, due LaneBacklog) {
	for _, p := range b.Programs {
		jobs.Waiting += p.Jobs.Waiting
		jobs.Taken += p.Jobs.Taken
		jobs.Stranded += p.Jobs.Stranded
		due.Waiting += p.Due.Waiting
		due.Taken += p.Due.Taken
		due.Stranded += p.Due.Stranded
	}

	return jobs, due
}
