package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/persist"
)

// singlesAtOnce is how many jobs of a batch that fell back are published side by side.
const singlesAtOnce = 64

// PublishBatch stores up to MaxBatch jobs with one sync of the server's disk:
// all or, when it returns an error, perhaps some of them. Publishing the same
// batch again after an error is safe and right.
//
// The server refuses a batch that holds a message it has seen; the jobs are then
// published one by one, and the receipt tells new from seen. A job whose id has
// been used for other content refuses the batch with an *IDReuseError.
func (p *Publisher) PublishBatch(ctx context.Context, batch []Job) (receipt Receipt, err error) {
	if len(batch) > MaxBatch {
		return Receipt{}, fmt.Errorf("publishing a batch of %d jobs: at most %d are accepted", len(batch), MaxBatch)
	}

	messages, fresh, err := p.messages(batch)
	if err != nil {
		return Receipt{}, err
	}

	defer func() {
		if err != nil {
			p.memory.forget(fresh)
		}
	}()

	if len(messages) == 0 {
		return Receipt{}, nil
	}

	if err := p.inFlight.Acquire(ctx, int64(len(messages))); err != nil {
		return Receipt{}, fmt.Errorf("publishing a batch: %w", err)
	}
	defer p.inFlight.Release(int64(len(messages)))

	ctx, published := p.traceAll(ctx, messages, batch)
	receipt, err = p.storeAll(ctx, messages)

	published(err)
	p.count(receipt)

	if err != nil {
		return receipt, fmt.Errorf("publishing a batch of %d jobs, first %s: %w", len(batch), batch[0].ID, err)
	}

	return receipt, nil
}

func (p *Publisher) storeAll(ctx context.Context, messages []*nats.Msg) (Receipt, error) {
	if len(messages) == 1 || hasTwins(messages) {
		return p.storeSingly(ctx, messages)
	}

	err := persist.Try(ctx, p.js, p.patience(), func(ctx context.Context) error { return p.commit(ctx, messages) })
	if duplicateInBatch(err) {
		return p.storeSingly(ctx, messages)
	}

	if err != nil {
		return Receipt{}, err
	}

	return Receipt{Stored: int64(len(messages))}, nil
}

// commit sends the messages as one atomic batch. The library writes its own
// headers into what it is given, so each try gets copies.
func (p *Publisher) commit(ctx context.Context, messages []*nats.Msg) error {
	batch, err := jetstreamext.NewBatchPublisher(p.js, jetstreamext.BatchFlowControl{
		AckFirst:   true,
		AckTimeout: p.options.AckTimeout,
	})
	if err != nil {
		return fmt.Errorf("opening a batch: %w", err)
	}

	last := len(messages) - 1
	for _, message := range messages[:last] {
		if err := batch.AddMsg(clone(message)); err != nil {
			return errors.Join(err, batch.Discard())
		}
	}

	_, err = batch.CommitMsg(ctx, clone(messages[last]))

	return err
}

func (p *Publisher) storeSingly(ctx context.Context, messages []*nats.Msg) (Receipt, error) {
	receipts := make([]Receipt, len(messages))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(singlesAtOnce)

	for i, message := range messages {
		group.Go(func() (err error) {
			defer func() {
				if value := recover(); value != nil { // which may hold anything, so only its type is told
					err = fmt.Errorf("publishing a job panicked with a value of type %T", value)
				}
			}()

			receipts[i], err = p.store(ctx, message)

			return err
		})
	}

	err := group.Wait()

	var total Receipt
	for _, receipt := range receipts {
		total.Stored += receipt.Stored
		total.Duplicates += receipt.Duplicates
	}

	return total, err
}

// hasTwins reports whether two messages of a batch bear the same id, which the server would refuse.
func hasTwins(messages []*nats.Msg) bool {
	seen := make(map[string]struct{}, len(messages))
	for _, message := range messages {
		seen[message.Header.Get(nats.MsgIdHdr)] = struct{}{}
	}

	return len(seen) < len(messages)
}

func duplicateInBatch(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstreamext.JSErrCodeBatchPublishDuplicateMsgID
}

func clone(message *nats.Msg) *nats.Msg {
	c := nats.NewMsg(message.Subject)
	c.Data = message.Data

	maps.Copy(c.Header, message.Header)

	return c
}
