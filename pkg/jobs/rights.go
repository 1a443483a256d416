package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Unanswered is called before a request to the server. The function that it returns explains the request's error. A server does
// not answer a request that the connection's user has no right to make: it tells the connection, and the request is over when its
// time is. What it has told since Unanswered was called is in the error; what it told before belongs to another request.
func Unanswered(js jetstream.JetStream) (explain func(err error) error) {
	before := js.Conn().LastError()

	return func(err error) error {
		silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)

		told := js.Conn().LastError()
		if !silent || !errors.Is(told, nats.ErrPermissionViolation) || told == before { //nolint:errorlint // this very one
			return err
		}

		return fmt.Errorf("%w: the user of this connection lacks a right: %w", err, told)
	}
}
