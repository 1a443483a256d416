package jobs

import (
	"cmp"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/pan"
)

// Lane is one of the ways on which jobs reach a worker: new jobs of a program, or its retries that are due.
type Lane struct {
	// Program whose jobs come this way; empty for the lane of a subject that belongs to no program.
	Program  string
	Stream   string
	Consumer jetstream.ConsumerConfig
}

// String names the lane for logs and metrics. An orphaned subject is whatever a publisher chose, be it a card number.
func (l Lane) String() string {
	return l.Stream + "/" + cmp.Or(l.Program, pan.MaskText(l.Consumer.FilterSubject))
}

// Due reports whether retries come this way.
func (l Lane) Due() bool { return l.Stream == StreamRetry }

// The consumers are named for their programs. A program is 32 characters at most, so the names stay within the server's limit.
const (
	freshConsumer = "enroll-workers-"
	dueConsumer   = "enroll-workers-due-"
)

// ConsumerJobs is the durable consumer of a program's new jobs, on ENROLL_JOBS.
func ConsumerJobs(program string) string { return freshConsumer + program }

// ConsumerDue is the durable consumer of a program's retries that are due, on ENROLL_RETRY.
func ConsumerDue(program string) string { return dueConsumer + program }

// Lanes returns the lanes of the programs, two for each: retries do not wait behind a
// backlog of new work. Each program has consumers of its own, so that the jobs of one that
// is paused, halted or slow hold no place of another's.
func (t Topology) Lanes() []Lane {
	lanes := make([]Lane, 0, 2*len(t.Programs))
	for _, program := range t.Programs {
		lanes = append(lanes,
			Lane{program, StreamJobs, t.consumer(ConsumerJobs(program), Subject(program))},
			Lane{program, StreamRetry, t.consumer(ConsumerDue(program), DueSubject(program))})
	}

	return lanes
}

func (t Topology) consumer(name, filter string) jetstream.ConsumerConfig {
	t = t.withDefaults()

	return jetstream.ConsumerConfig{
		Durable:       name,
		FilterSubject: filter,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       t.AckWait,
		// How often a job may be tried is kept in Postgres; a limit here would strand messages in the stream.
		MaxDeliver:    -1,
		MaxAckPending: t.MaxAckPending,
		Replicas:      t.Replicas,
	}
}

// programOfConsumer returns whose jobs a consumer takes.
func programOfConsumer(stream, name string) (string, bool) {
	prefix := freshConsumer
	if stream == StreamRetry {
		prefix = dueConsumer
	}

	program, ours := strings.CutPrefix(name, prefix)

	return program, ours && ValidProgram(program)
}
