// Package control carries words between operators and workers, in a key-value
// bucket beside the streams:
//
//	pause.all             no job is to be taken
//	pause.program.<name>  no job of one program is
//	worker.<name>         a worker is there, with what it does; renewed every few seconds
//	left.<name>           the programs of a worker that has stopped, kept for an hour
//	cool.<program>        the API asked for a pause, which all workers keep
//	lift.<program>        an operator has ended it before its time
//	rate.<program>        the calls of a program with an agreed rate that have been lent to workers
//	rate.client.<id>      the same of the programs of a client id that give no rate of their own
//	reading.<message>     a message that was delivered often is being read; left behind by a worker that it ended
//	purged.letters        how far the dead letters were looked through for what must not be kept
//
// Nothing in the bucket is needed to keep a job. A worker that cannot read it
// goes on as it was told last.
package control

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"enroll.example/clicktopay/pkg/jobs"
)

// ErrNoBucket is returned to operators for a queue that no worker has prepared, or whose bucket was deleted.
var ErrNoBucket = jobs.NotPrepared("bucket " + jobs.BucketControl)

// A bucket is a stream with a subject for each key (ADR-8 of NATS).
const (
	stream        = "KV_" + jobs.BucketControl
	subjectPrefix = "$KV." + jobs.BucketControl + "."
)

// requestTimeout bounds each operation on the bucket.
const requestTimeout = 5 * time.Second

// Bucket is the place where the words are kept.
type Bucket struct {
	js jetstream.JetStream
}

// New returns the bucket of a queue. It need not exist yet.
func New(js jetstream.JetStream) *Bucket { return &Bucket{js: js} }

// entry is the last word under a key.
type entry struct {
	key      string
	value    []byte
	at       time.Time // by the server's clock
	revision uint64
	deleted  bool // there is a mark that the key was deleted
}

// read returns the last words under the keys of some patterns, in one request. A key
// that was deleted is among them, one that never was is not: this tells a pause
// that was lifted from one that was lost with its bucket.
func (b *Bucket) read(ctx context.Context, patterns ...string) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	subjects := make([]string, len(patterns))
	for i, pattern := range patterns {
		subjects[i] = subjectPrefix + pattern
	}

	messages, err := jetstreamext.GetLastMsgsFor(ctx, b.js, stream, subjects)
	if err != nil {
		return nil, fmt.Errorf("reading bucket %s: %w", jobs.BucketControl, err)
	}

	var entries []entry

	for message, err := range messages {
		switch {
		case errors.Is(err, jetstreamext.ErrNoMessages):
			return nil, nil
		case errors.Is(err, nats.ErrNoResponders):
			return nil, b.whyNobodyAnswers(ctx, err)
		case err != nil:
			return nil, fmt.Errorf("reading bucket %s: %w", jobs.BucketControl, err)
		}

		entries = append(entries, entry{
			key:      message.Subject[len(subjectPrefix):],
			value:    message.Data,
			at:       message.Time,
			revision: message.Sequence,
			deleted:  message.Header.Get(jetstream.MarkerReasonHeader) != "" || message.Header.Get("KV-Operation") != "",
		})
	}

	// The sequence also ends, without an error, when the time is up.
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading bucket %s: %w", jobs.BucketControl, err)
	}

	return entries, nil
}

// whyNobodyAnswers tells a bucket that is not there from one that is not reachable now.
func (b *Bucket) whyNobodyAnswers(ctx context.Context, err error) error {
	if _, err := b.open(ctx); errors.Is(err, ErrNoBucket) {
		return err
	}

	return fmt.Errorf("reading bucket %s: %w", jobs.BucketControl, err)
}

// open looks the bucket up, so that what is written to one that is not there fails with ErrNoBucket.
func (b *Bucket) open(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := b.js.KeyValue(ctx, jobs.BucketControl)

	switch {
	case errors.Is(err, jetstream.ErrBucketNotFound):
		return nil, ErrNoBucket
	case err != nil:
		return nil, fmt.Errorf("opening bucket %s: %w", jobs.BucketControl, err)
	}

	return kv, nil
}

// put writes a value under a key. It does not look the bucket up first, which would double the requests of all workers.
func (b *Bucket) put(ctx context.Context, key string, value []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	_, err := b.js.Publish(ctx, subjectPrefix+key, value, jetstream.WithExpectStream(stream))
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		if _, missing := b.open(ctx); missing != nil {
			return missing
		}
	}

	if err != nil {
		return fmt.Errorf("writing %s to bucket %s: %w", key, jobs.BucketControl, err)
	}

	return nil
}

// erase removes a key without leaving a mark: names of workers and places of messages are used once.
func (b *Bucket) erase(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	s, err := b.js.Stream(ctx, stream)
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSubject(subjectPrefix+key))
	}

	if err != nil {
		return fmt.Errorf("removing %s from bucket %s: %w", key, jobs.BucketControl, err)
	}

	return nil
}

// now is the server's time, against which the age of entries is told: the clocks of operators and workers may differ.
func (b *Bucket) now(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()

	s, err := b.js.Stream(ctx, stream)

	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return time.Time{}, ErrNoBucket
	case err != nil:
		return time.Time{}, fmt.Errorf("looking at bucket %s: %w", jobs.BucketControl, err)
	}

	return s.CachedInfo().TimeStamp, nil
}
