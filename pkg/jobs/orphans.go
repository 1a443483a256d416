package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// orphanIdle is after how long without a request the server removes the consumer of an orphaned subject.
const orphanIdle = time.Minute

const orphanConsumer = "enroll-strays-"

func (s snapshot) orphans(topology Topology) []Lane {
	var lanes []Lane

	for _, h := range []half{s.jobs, s.retry} {
		for subject := range h.untaken(topology) {
			if literal(subject) {
				lanes = append(lanes, topology.orphan(h.name(), subject))
			}
		}
	}

	slices.SortFunc(lanes, func(a, b Lane) int { return strings.Compare(a.String(), b.String()) })

	return lanes
}

// untaken are the subjects that hold messages, that no program's consumer takes and that are none of the topology's.
func (h half) untaken(topology Topology) map[string]uint64 {
	untaken := make(map[string]uint64)
	taken := topology.subjects(h.name())

	for _, info := range h.consumers {
		if !strings.HasPrefix(info.Name, orphanConsumer) {
			taken = append(taken, info.Config.FilterSubject)
		}
	}

	for subject, messages := range h.subjects {
		if !slices.Contains(taken, subject) {
			untaken[subject] = messages
		}
	}

	return untaken
}

// orphan is the lane of a subject. All workers give its consumer the same name.
func (t Topology) orphan(stream, subject string) Lane {
	const length = 8 // bytes of the digest

	digest := sha256.Sum256([]byte(subject))
	consumer := t.consumer(orphanConsumer+hex.EncodeToString(digest[:length]), subject)
	consumer.InactiveThreshold = orphanIdle

	return Lane{Stream: stream, Consumer: consumer}
}

// subjects are those of the topology's lanes on a stream.
func (t Topology) subjects(stream string) []string {
	var subjects []string

	for _, lane := range t.Lanes() {
		if lane.Stream == stream {
			subjects = append(subjects, lane.Consumer.FilterSubject)
		}
	}

	return subjects
}

// literal reports whether a subject stands for itself alone. The server takes messages whose subject is a pattern.
func literal(subject string) bool {
	return !slices.ContainsFunc(strings.Split(subject, "."), func(token string) bool { return token == "*" || token == ">" })
}
