package control

import (
	"context"
	"errors"
	"fmt"

	"enroll.example/clicktopay/pkg/jobs"
)

// Queue is how full the streams are.
type Queue struct {
	Jobs    Lane `json:"jobs"`
	Retries Lane `json:"retries"`
	// Scheduled retries wait for their time.
	Scheduled uint64 `json:"retries_scheduled"`
	// DeadLetters are kept for their age, those that were sent again included.
	DeadLetters uint64 `json:"dead_letters"`
}

// Lane is how full one way to the workers is.
type Lane struct {
	// Waiting messages have not been given to a worker, or wait behind others.
	Waiting uint64 `json:"waiting"`
	// Taken messages are in the hands of workers, or were handed back to come again in a moment.
	Taken uint64 `json:"taken"`
	// MaxTaken is how many can be taken at once; past it no worker is given more.
	MaxTaken uint64 `json:"max_taken"`
}

// Full reports whether messages wait because too many are taken.
func (l Lane) Full() bool { return l.MaxTaken > 0 && l.Taken >= l.MaxTaken && l.Waiting > 0 }

// queue reads the depths. They are read one after the other while workers go on, so they need not add up.
func (b *Bucket) queue(ctx context.Context) (Queue, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	lanes := jobs.Topology{}.Lanes()
	fresh, errFresh := b.lane(ctx, lanes[0])
	due, errDue := b.lane(ctx, lanes[1])
	retries, errRetries := b.length(ctx, jobs.StreamRetry)
	dead, errDead := b.length(ctx, jobs.StreamDead)

	scheduled := retries - min(retries, due.Waiting+due.Taken)

	return Queue{Jobs: fresh, Retries: due, Scheduled: scheduled, DeadLetters: dead},
		errors.Join(errFresh, errDue, errRetries, errDead)
}

func (b *Bucket) lane(ctx context.Context, lane jobs.Lane) (Lane, error) {
	consumer, err := b.js.Consumer(ctx, lane.Stream, lane.Consumer.Durable)
	if err != nil {
		return Lane{}, fmt.Errorf("looking at consumer %s of %s: %w", lane.Consumer.Durable, lane.Stream, err)
	}

	info := consumer.CachedInfo()

	return Lane{
		Waiting:  info.NumPending,
		Taken:    uint64(max(info.NumAckPending, 0)),
		MaxTaken: uint64(max(info.Config.MaxAckPending, 0)), // -1 is no limit
	}, nil
}

func (b *Bucket) length(ctx context.Context, name string) (uint64, error) {
	s, err := b.js.Stream(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("looking at stream %s: %w", name, err)
	}

	return s.CachedInfo().State.Msgs, nil
}
