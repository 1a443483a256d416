package jobs

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	oteltrace "go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/internal/spans"
)

// MaxBatch is the largest number of jobs of one PublishBatch; the server's own limit is 1,000.
const MaxBatch = 500

// PublisherOptions can be left zero.
type PublisherOptions struct {
	// MaxInFlight bounds the jobs that are sent and not yet acknowledged, default 2,000.
	// Callers past it wait.
	MaxInFlight int
	// RetryFor is how long a publish is tried again, with the same id, while the
	// server does not answer. Default 30 s: the election of a new leader takes up to 10.
	RetryFor time.Duration
	// AckTimeout is how long one try waits for its acknowledgement, default 5 s.
	AckTimeout time.Duration
	// Again, when set, is part of the ids by which the server knows duplicates (see MessageID). It is for jobs that the queue
	// has lost and may still know: another text than before has it store them again.
	Again string
	// Directories are the programs that have a directory at Mastercard, where the issuer's own keys name cards and consumers: their
	// jobs are refused where one is missing, as far as that shows beside the seal. The workers refuse the rest.
	Directories []string
	// CardLike are the fields of jobs that may look like a card number, as own keys do by chance: see Job.Encode.
	CardLike []string
	// TracerProvider, when set, makes spans of what is published. Without it, a span in the context that a job is published with
	// goes along with the job all the same.
	TracerProvider oteltrace.TracerProvider
}

const (
	defaultMaxInFlight = 2000
)

// Publisher puts jobs on the queue and returns when the server has stored them.
// Publishing the same job again within two minutes stores nothing and counts as
// a duplicate; after that, and when it was sealed anew by another process, the
// row in Postgres keeps the effect single. It is safe for concurrent use.
type Publisher struct {
	js         jetstream.JetStream
	options    PublisherOptions
	inFlight   *semaphore.Weighted
	tracer     oteltrace.Tracer // nil for none
	memory     memory
	stored     atomic.Int64
	duplicates atomic.Int64
}

// Receipt counts what the server confirmed.
type Receipt struct {
	// Stored jobs are new in the stream, Duplicates were stored within the last two minutes, with the same content. Both are
	// safe on disk as far as the stream's settings go.
	Stored, Duplicates int64
}

// ErrQueueFull is returned when the stream refuses new jobs because it is at its
// limit. Nothing is lost: publish again when workers have caught up.
var ErrQueueFull = persist.ErrFull

// ErrNoAnswer is returned when no server has confirmed a publish within RetryFor.
// The jobs may or may not be stored: publish them again with the same ids.
var ErrNoAnswer = persist.ErrNoAnswer

// NewPublisher makes a publisher on a connection to the server that has the streams (see Ensure).
func NewPublisher(js jetstream.JetStream, options PublisherOptions) *Publisher {
	if options.MaxInFlight <= 0 {
		options.MaxInFlight = defaultMaxInFlight
	}

	options.RetryFor = cmp.Or(options.RetryFor, persist.DefaultRetryFor)
	options.AckTimeout = cmp.Or(options.AckTimeout, persist.DefaultAckTimeout)

	return &Publisher{
		js: js, options: options, inFlight: semaphore.NewWeighted(int64(max(options.MaxInFlight, MaxBatch))),
		tracer: spans.Tracer(options.TracerProvider),
	}
}

// Receipt returns what has been confirmed since the publisher was made.
func (p *Publisher) Receipt() Receipt {
	return Receipt{Stored: p.stored.Load(), Duplicates: p.duplicates.Load()}
}

// Publish stores one sealed job. A job that breaks the schema is refused with a
// *Problem, and one whose id this publisher has used for other content with an
// *IDReuseError; a full stream gives ErrQueueFull; no answer within RetryFor gives
// ErrNoAnswer, and publishing the same job again is then safe and right.
func (p *Publisher) Publish(ctx context.Context, job Job) (receipt Receipt, err error) {
	messages, fresh, err := p.messages([]Job{job})
	if err != nil {
		return Receipt{}, err
	}

	defer func() {
		if err != nil {
			p.memory.forget(fresh)
		}
	}()

	if err := p.inFlight.Acquire(ctx, 1); err != nil {
		return Receipt{}, fmt.Errorf("publishing job %s: %w", job.ID, err)
	}
	defer p.inFlight.Release(1)

	ctx, published := p.traceOne(ctx, messages[0], job)
	receipt, err = p.store(ctx, messages[0])

	published(err)

	if err != nil {
		return Receipt{}, fmt.Errorf("publishing job %s: %w", job.ID, err)
	}

	return p.count(receipt), nil
}

// store publishes one message and waits for its acknowledgement, trying again while that can help.
func (p *Publisher) store(ctx context.Context, message *nats.Msg) (Receipt, error) {
	duplicate, err := persist.Publish(ctx, p.js, StreamJobs, message, p.patience())

	switch {
	case err != nil:
		return Receipt{}, err
	case duplicate:
		return Receipt{Duplicates: 1}, nil
	default:
		return Receipt{Stored: 1}, nil
	}
}

// patience is how long a message is published again, and how long one try waits.
func (p *Publisher) patience() persist.Options {
	return persist.Options{RetryFor: p.options.RetryFor, AckTimeout: p.options.AckTimeout}
}

func (p *Publisher) count(r Receipt) Receipt {
	p.stored.Add(r.Stored)
	p.duplicates.Add(r.Duplicates)

	return r
}
