package enroll

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	traceparentHeader = spans.Header
	// aloneHeader of a retry: the job is to be sent in a batch of its own.
	aloneHeader = "Enroll-Alone"
)

// delivery is a message as the queue gave it to us.
type delivery struct {
	msg jetstream.Msg
	// via is the configured program of its subject. Other subjects have the empty one together: a publisher can make up any number.
	via string
	// probe: it was let through a stopped gate, to see whether the cause is gone.
	probe bool
	// due: it is a retry whose time has come, by the queue's clock.
	due bool
	// delivered is how often the queue has given it to a worker, as far as the queue remembers.
	delivered uint64
	// queuedAt is when the queue took it, by the queue's clock.
	queuedAt time.Time
	// receivedAt is when it came into our hands, by our clock.
	receivedAt time.Time
	// stream and sequence are where the queue has it.
	stream   string
	sequence uint64
	// traceparent is handed on with a retry; traceID is the part of it that is recorded.
	traceparent, traceID string
	// previous is the span of the attempt before, of a retry.
	previous string
}

// receive reads what the queue says of a message.
func (w *Worker) receive(msg jetstream.Msg, probe bool) delivery {
	d := delivery{msg: msg, probe: probe, stream: jobs.StreamJobs, traceparent: msg.Headers().Get(traceparentHeader)}
	d.traceID, d.receivedAt = traceID(d.traceparent), w.config.Now()

	if program, _ := jobs.ProgramOf(msg.Subject()); w.config.Pacers[program] != nil {
		d.via = program
	}

	if meta, err := msg.Metadata(); err == nil {
		d.delivered, d.queuedAt = meta.NumDelivered, meta.Timestamp
		d.sequence, d.stream = meta.Sequence.Stream, meta.Stream
	}

	if d.due = d.stream == jobs.StreamRetry; d.due {
		d.previous = msg.Headers().Get(previousHeader)
	}

	return d
}

// traceID takes the trace id out of a W3C traceparent, or returns "" when there is none that is well formed.
func traceID(traceparent string) string {
	const version, length, end = 3, 32, 35
	if len(traceparent) < end+1 || traceparent[version-1] != '-' || traceparent[end] != '-' {
		return ""
	}

	id := traceparent[version : version+length]
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
	}

	return id
}
