package jobs

import (
	"cmp"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Drift is a difference between what is configured and what the server has.
type Drift struct {
	// Object is the stream, consumer or bucket; Setting is the server's name of the setting.
	Object, Setting string
	Have, Want      any
}

// String returns the drift as one line for a log.
func (d Drift) String() string {
	return fmt.Sprintf("%s: %s is %v, configured is %v", d.Object, d.Setting, d.Have, d.Want)
}

// drifts are those of the streams that were looked at, and of the consumers that are there.
func (s snapshot) drifts(topology Topology) []Drift {
	var drifts []Drift

	for _, want := range topology.Streams() {
		switch want.Name {
		case StreamJobs:
			drifts = append(drifts, streamDrift(s.jobs.info().Config, want)...)
		case StreamRetry:
			drifts = append(drifts, streamDrift(s.retry.info().Config, want)...)
		case StreamDead:
			drifts = append(drifts, streamDrift(s.dead.Config, want)...)
		}
	}

	for _, lane := range topology.Lanes() {
		for _, h := range []half{s.jobs, s.retry} {
			for _, info := range h.consumers {
				if h.name() == lane.Stream && info.Name == lane.Consumer.Durable {
					drifts = append(drifts, consumerDrift(info, lane.Consumer)...)
				}
			}
		}
	}

	return drifts
}

func streamDrift(have, want jetstream.StreamConfig) []Drift {
	return differences(want.Name, []setting{
		{"subjects", fmt.Sprint(have.Subjects), fmt.Sprint(want.Subjects)},
		{"retention", have.Retention, want.Retention},
		{"discard", have.Discard, want.Discard},
		{"max_bytes", limit(have.MaxBytes), limit(want.MaxBytes)},
		{"max_msgs", limit(have.MaxMsgs), limit(want.MaxMsgs)},
		{"max_msgs_per_subject", limit(have.MaxMsgsPerSubject), limit(want.MaxMsgsPerSubject)},
		{"max_msg_size", limit(int64(have.MaxMsgSize)), limit(int64(want.MaxMsgSize))},
		{"max_consumers", limit(int64(have.MaxConsumers)), limit(int64(want.MaxConsumers))},
		{"max_age", have.MaxAge, want.MaxAge},
		{"storage", have.Storage, want.Storage},
		{"num_replicas", have.Replicas, want.Replicas},
		{"duplicate_window", have.Duplicates, want.Duplicates},
		{"no_ack", have.NoAck, want.NoAck},
		{"sealed", have.Sealed, want.Sealed},
		{"allow_atomic", have.AllowAtomicPublish, want.AllowAtomicPublish},
		{"allow_msg_schedules", have.AllowMsgSchedules, want.AllowMsgSchedules},
		{"allow_rollup_hdrs", have.AllowRollup, want.AllowRollup},
		{"persist_mode", have.PersistMode, want.PersistMode},
	})
}

// consumerDrift compares a consumer with its lane. A pause (nats consumer pause) is the server's own, and none of ours.
func consumerDrift(have *jetstream.ConsumerInfo, want jetstream.ConsumerConfig) []Drift {
	drifts := differences(want.Durable, []setting{
		{"filter_subject", have.Config.FilterSubject, want.FilterSubject},
		{"filter_subjects", fmt.Sprint(have.Config.FilterSubjects), fmt.Sprint(want.FilterSubjects)},
		{"ack_policy", have.Config.AckPolicy, want.AckPolicy},
		{"ack_wait", have.Config.AckWait, want.AckWait},
		{"max_deliver", have.Config.MaxDeliver, want.MaxDeliver},
		{"max_ack_pending", have.Config.MaxAckPending, want.MaxAckPending},
		{"backoff", fmt.Sprint(have.Config.BackOff), fmt.Sprint(want.BackOff)},
		{"inactive_threshold", have.Config.InactiveThreshold, want.InactiveThreshold},
		{"headers_only", have.Config.HeadersOnly, want.HeadersOnly},
		{"max_batch", have.Config.MaxRequestBatch, want.MaxRequestBatch},
		{"max_bytes", have.Config.MaxRequestMaxBytes, want.MaxRequestMaxBytes},
		{"max_expires", have.Config.MaxRequestExpires, want.MaxRequestExpires},
		{"num_replicas", copiesOf(have, want), want.Replicas},
	})

	if until := have.Config.PauseUntil; have.Paused && until != nil {
		drifts = append(drifts, Drift{want.Durable, "pause_until", until.UTC().Format(time.RFC3339), "not paused"})
	}

	return drifts
}

// copiesOf is how many copies of its state a consumer has. None set means as many as its stream.
func copiesOf(have *jetstream.ConsumerInfo, want jetstream.ConsumerConfig) int {
	return cmp.Or(have.Config.Replicas, want.Replicas)
}

type setting struct {
	name       string
	have, want any
}

func differences(object string, settings []setting) []Drift {
	var drifts []Drift

	for _, s := range settings {
		if s.have != s.want {
			drifts = append(drifts, Drift{Object: object, Setting: s.name, Have: s.have, Want: s.want})
		}
	}

	return drifts
}

// limit maps the server's two ways of saying "no limit" to one.
func limit(n int64) int64 {
	if n <= 0 {
		return -1
	}

	return n
}
