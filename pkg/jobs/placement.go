package jobs

import (
	"context"
	"fmt"
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
func retryPlacement[T any](ctx context.Context, create func() (T, error)) (T, error) {
	pauses := backoff.WithMaxRetries(backoff.NewConstantBackOff(placementPause), placementPauses)

	var refused error

	created, err := backoff.RetryWithData(func() (T, error) {
		created, err := create()
		if err != nil && !isCode(err, codeNoPeers) {
			err = backoff.Permanent(err)
		} else {
			refused = err
		}

		return created, err
	}, backoff.WithContext(pauses, ctx))
	if err != nil && refused != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", err, refused)
	}

	return created, err
}
