package jobs

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// codeNoPeers is the server's error when it does not find enough servers for what is to be created.
	codeNoPeers jetstream.ErrorCode = 10005

	// Servers tell their state every ten seconds: 30 pauses of half a second are longer.
	placementPause  = 500 * time.Millisecond
	placementPauses = 30
)

// retryPlacement creates a stream or a consumer, or changes its copies. Where the leader of the cluster misses servers for them,
// it tries again for 15 s: one that has become leader a moment ago has not heard from all of them yet.
func retryPlacement[T any](ctx context.Context, create func() (T, error)) (created T, err error) {
	pauses := backoff.WithMaxRetries(backoff.NewConstantBackOff(placementPause), placementPauses)

	err = repeated(ctx, backoff.WithContext(pauses, ctx), func() (err error) {
		if created, err = create(); err != nil && !isCode(err, codeNoPeers) {
			return backoff.Permanent(err)
		}

		return err
	})

	return created, err
}
