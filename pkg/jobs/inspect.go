package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Inspection is the queue as one look at it finds it. Its parts are read one after the other while workers go on.
type Inspection struct {
	Backlog Backlog
	// Oldest is for how long the oldest new job of each program has been in the queue, waiting or in the hands of a worker, by the
	// queue's clock. Programs without new jobs are not in it.
	Oldest map[string]time.Duration
	// Drifts are the differences between the topology and what the server has. What is missing is no drift.
	Drifts []Drift
	// Missing are the lanes of the topology that seem to have no consumer; see EnsureLane.
	Missing []Lane
	// Orphans are lanes for subjects that hold jobs and have no consumer, because no worker has ever been configured for
	// their program or because they are those of none. Without these lanes such jobs would stay in the queue for ever and
	// nobody would be told. A program that some worker was configured for keeps its consumer: its jobs wait for such
	// a worker, also while there is none. The topology's own subjects are never orphans, not even when their consumer
	// was deleted. A subject that is a pattern gets no lane: its consumer would take, or stand in the way of, the jobs of others.
	Orphans []Lane
	// Stranded are the consumers that have let go of messages which are still there; see Stranded.
	Stranded []Stranded
	// Suspected may be stranded as well: see Confirm.
	Suspected []Stranded
}

// Inspect looks at the queue. It makes eight requests, however many jobs and programs there are, two more for each lane
// that seems to hold more than its consumer, and one for each program with new jobs.
func Inspect(ctx context.Context, js jetstream.JetStream, topology Topology) (Inspection, error) {
	var inspection Inspection

	s, err := takeSnapshot(ctx, js)
	if err != nil {
		return Inspection{}, err
	}

	if inspection.Stranded, inspection.Suspected, err = s.stranded(ctx); err != nil {
		return Inspection{}, err
	}

	inspection.Backlog = s.backlog(inspection.Stranded)
	inspection.Missing = s.missing(topology)
	inspection.Orphans = s.orphans(topology)
	inspection.Drifts = s.drifts(topology)

	if inspection.Oldest, err = s.oldest(ctx, js, inspection.Backlog); err != nil {
		return Inspection{}, err
	}

	outcomes, err := lookAt(ctx, js, StreamOutcomes)
	if err != nil {
		return Inspection{}, err
	}

	control, err := lookAt(ctx, js, controlStream)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) { // it is made again by who looks for pauses
		return Inspection{}, err
	}

	for _, want := range topology.Streams() {
		if want.Name == StreamOutcomes {
			inspection.Drifts = append(inspection.Drifts, streamDrift(outcomes.CachedInfo().Config, want)...)
		}
	}

	if control != nil {
		inspection.Drifts = append(inspection.Drifts, controlDrift(control.CachedInfo().Config, topology)...)
	}

	return inspection, nil
}

// oldest are the ages of the programs' oldest new jobs when the stream was looked at.
func (s snapshot) oldest(ctx context.Context, js jetstream.JetStream, backlog Backlog) (map[string]time.Duration, error) {
	ages := map[string]time.Duration{}

	for _, p := range backlog.Programs {
		if p.Jobs.Empty() {
			continue
		}

		msg, err := firstOf(ctx, js, s.jobs.stream, Subject(p.Program), 1)
		if err != nil {
			return nil, err
		}

		if msg != nil { // it may just have been acknowledged
			ages[p.Program] = max(s.jobs.info().TimeStamp.Sub(msg.Time), 0)
		}
	}

	return ages, nil
}

// snapshot is what the server tells of the streams that hold jobs, and of their consumers.
type snapshot struct {
	dead        *jetstream.StreamInfo
	jobs, retry half
}

// half is one of the two streams that hold jobs. Its consumers are read before its subjects, so that what
// a consumer has let go of is looked for among the messages that were there then.
type half struct {
	stream    jetstream.Stream
	consumers []*jetstream.ConsumerInfo
	subjects  map[string]uint64 // messages by subject, without those of schedules
}

func takeSnapshot(ctx context.Context, js jetstream.JetStream) (snapshot, error) {
	var s snapshot

	dead, err := lookAt(ctx, js, StreamDead)
	if err != nil {
		return s, err
	}

	s.dead = dead.CachedInfo()

	if s.jobs, err = readHalf(ctx, js, StreamJobs); err != nil {
		return s, err
	}

	// Publishers can make a subject of each job. The subjects are asked for only when there is something that no consumer holds.
	if info := s.jobs.info(); info.State.Msgs > s.jobs.held() {
		s.jobs.subjects, err = subjectsOf(ctx, js, StreamJobs, jobPrefix+">")
	}

	if err != nil {
		return s, err
	}

	if s.retry, err = readHalf(ctx, js, StreamRetry); err != nil {
		return s, err
	}

	s.retry.subjects, err = subjectsOf(ctx, js, StreamRetry, duePrefix+">") // not the schedules, of which each has one

	return s, err
}

func readHalf(ctx context.Context, js jetstream.JetStream, name string) (half, error) {
	stream, err := lookAt(ctx, js, name)
	if err != nil {
		return half{}, err
	}

	consumers, err := consumersOf(ctx, stream)

	return half{stream: stream, consumers: consumers}, err
}

func (h half) info() *jetstream.StreamInfo { return h.stream.CachedInfo() }

func (h half) name() string { return h.info().Config.Name }

// held is how many messages the programs' consumers have yet to deliver or have not been told the end of.
func (h half) held() uint64 {
	var held uint64

	for _, info := range h.consumers {
		if _, ours := programOfConsumer(h.name(), info.Name); ours {
			held += heldBy(info)
		}
	}

	return held
}

func heldBy(info *jetstream.ConsumerInfo) uint64 {
	return info.NumPending + uint64(max(info.NumAckPending, 0))
}

// lookAt asks for a stream and its state, which it keeps (CachedInfo).
func lookAt(ctx context.Context, js jetstream.JetStream, name string) (jetstream.Stream, error) {
	explain := Unanswered(js)

	stream, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("looking at stream %s: %w", name, explain(err))
	}

	return stream, nil
}

func consumersOf(ctx context.Context, stream jetstream.Stream) ([]*jetstream.ConsumerInfo, error) {
	var all []*jetstream.ConsumerInfo

	consumers := stream.ListConsumers(ctx)
	for info := range consumers.Info() {
		all = append(all, info)
	}

	if err := consumers.Err(); err != nil {
		return nil, fmt.Errorf("listing the consumers of %s: %w", stream.CachedInfo().Config.Name, err)
	}

	return all, nil
}

// missing are the lanes of the topology whose consumer is not among those that were listed.
func (s snapshot) missing(topology Topology) []Lane {
	there := make(map[[2]string]bool)

	for _, h := range []half{s.jobs, s.retry} {
		for _, info := range h.consumers {
			there[[2]string{h.name(), info.Name}] = true
		}
	}

	return slices.DeleteFunc(topology.Lanes(), func(l Lane) bool { return there[[2]string{l.Stream, l.Consumer.Durable}] })
}
