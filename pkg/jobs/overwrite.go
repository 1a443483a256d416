package jobs

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Overwrite removes a message and overwrites it in the stream's files, where one that is only removed stays until its block is
// written anew. That it is gone already is no error: somebody was faster, or it has aged out.
func Overwrite(ctx context.Context, stream jetstream.Stream, sequence uint64) error {
	err := stream.SecureDeleteMsg(ctx, sequence)
	if err == nil {
		return nil
	}

	// The error of a message that is gone is the same as any other.
	if _, gone := stream.GetMsg(ctx, sequence); errors.Is(gone, jetstream.ErrMsgNotFound) {
		return nil
	}

	return err
}
