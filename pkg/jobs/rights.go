package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Unanswered explains an error of a request to the server. A server does not answer a request that the connection's user has no
// right to make: it tells the connection, and the request is over when its time is. What it told is in the error.
func Unanswered(js jetstream.JetStream, err error) error {
	silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
	if told := js.Conn().LastError(); silent && errors.Is(told, nats.ErrPermissionViolation) {
		return fmt.Errorf("%w: the user of this connection lacks a right: %w", err, told)
	}

	return err
}
