package jobs

import (
	"cmp"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams, and of the bucket in which operators and workers leave word for each other.
const (
	StreamJobs     = "ENROLL_JOBS"
	StreamRetry    = "ENROLL_RETRY"
	StreamDead     = "ENROLL_DEAD"
	StreamOutcomes = "ENROLL_OUTCOMES"

	BucketControl = "enroll_control"
)

// Topology is what can be chosen about the streams. Zero values take the defaults.
type Topology struct {
	// Programs are those whose jobs are taken: each has a durable consumer on both lanes. Publishers need none.
	Programs []string
	// Replicas is 1 on a single server and 3 in a cluster.
	Replicas int
	// MaxBytes bounds ENROLL_JOBS; past it, publishing is refused. Default 16 GiB, some ten million jobs.
	MaxBytes int64
	// DeadMaxAge is how long a dead letter can be redriven, default 90 days.
	DeadMaxAge time.Duration
	// OutcomesMaxAge is how long an outcome can be read by subscribers, default 7 days.
	OutcomesMaxAge time.Duration
	// AckWait is after how long without a sign of life a job is given to another worker, default 30 s.
	AckWait time.Duration
	// MaxAckPending bounds the jobs of one program in the hands of all workers together, default 10,000.
	MaxAckPending int
}

const (
	defaultMaxBytes       = 16 << 30
	defaultDeadMaxAge     = 90 * 24 * time.Hour
	defaultOutcomesMaxAge = 7 * 24 * time.Hour
	defaultAckWait        = 30 * time.Second
	defaultMaxAckPending  = 10_000
	// duplicateWindow is for publishers that retry; what protects a job for good is its row in Postgres.
	duplicateWindow = 2 * time.Minute
	// headroom is for headers, which count towards a stream's message size.
	headroom = 4 << 10
)

func (t Topology) withDefaults() Topology {
	t.Replicas = max(t.Replicas, 1)
	t.MaxBytes = cmp.Or(max(t.MaxBytes, 0), defaultMaxBytes)
	t.DeadMaxAge = cmp.Or(max(t.DeadMaxAge, 0), defaultDeadMaxAge)
	t.OutcomesMaxAge = cmp.Or(max(t.OutcomesMaxAge, 0), defaultOutcomesMaxAge)
	t.AckWait = cmp.Or(max(t.AckWait, 0), defaultAckWait)
	t.MaxAckPending = cmp.Or(max(t.MaxAckPending, 0), defaultMaxAckPending)

	return t
}

// Streams returns the configuration of every stream.
func (t Topology) Streams() []jetstream.StreamConfig {
	t = t.withDefaults()

	return []jetstream.StreamConfig{
		{
			Name:        StreamJobs,
			Description: "New enrollment jobs, card data sealed",
			Subjects:    []string{jobPrefix + ">"},
			Retention:   jetstream.WorkQueuePolicy,
			// A full queue refuses new work aloud; discarding old work would lose it in silence.
			Discard:            jetstream.DiscardNew,
			MaxBytes:           t.MaxBytes,
			MaxMsgSize:         MaxMessageBytes + headroom,
			Storage:            jetstream.FileStorage,
			Replicas:           t.Replicas,
			Duplicates:         duplicateWindow,
			AllowAtomicPublish: true,
		},
		{
			Name:        StreamRetry,
			Description: "Scheduled retries (enroll.retry) and those that are due (enroll.due)",
			Subjects:    []string{retryPrefix + ">", duePrefix + ">"},
			Retention:   jetstream.WorkQueuePolicy,
			// The server cannot combine schedules with discard new, so there is no limit at which it could discard old.
			Discard:           jetstream.DiscardOld,
			Storage:           jetstream.FileStorage,
			Replicas:          t.Replicas,
			Duplicates:        duplicateWindow,
			AllowMsgSchedules: true,
			AllowRollup:       true, // a schedule replaces the one before it by a roll-up of its subject
		},
		{
			Name:        StreamDead,
			Description: "Jobs that were given up, card data sealed, and why",
			Subjects:    []string{deadPrefix + ">"},
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardOld,
			MaxAge:      t.DeadMaxAge,
			Storage:     jetstream.FileStorage,
			Replicas:    t.Replicas,
			Duplicates:  duplicateWindow,
		},
		{
			Name:        StreamOutcomes,
			Description: "Final results for upstream systems, no cardholder data",
			Subjects:    []string{outcomePrefix + ">"},
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardOld,
			MaxAge:      t.OutcomesMaxAge,
			Storage:     jetstream.FileStorage,
			Replicas:    t.Replicas,
			Duplicates:  duplicateWindow,
		},
	}
}
