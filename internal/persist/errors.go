package persist

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// Error codes of the server for which nats.go has no name.
const (
	codeStoreFailed           jetstream.ErrorCode = 10077
	codeInsufficientResources jetstream.ErrorCode = 10023
	codeStorageExceeded       jetstream.ErrorCode = 10047
)

// classified marks as permanent what trying again cannot mend. Everything else,
// a lost connection and a missing answer above all, is worth another try: the
// id makes it harmless.
func classified(err error) error {
	var api *jetstream.APIError

	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload),
		errors.Is(err, nats.ErrConnectionClosed),
		errors.Is(err, nats.ErrInvalidConnection):
		return backoff.Permanent(err)
	case errors.As(err, &api) && full(api):
		return backoff.Permanent(fmt.Errorf("%w (%s)", ErrFull, api.Description))
	case errors.As(err, &api) && refused(api):
		return backoff.Permanent(err)
	default:
		return err
	}
}

// full recognizes a stream at its limit, which the server reports as a failure of its store.
func full(api *jetstream.APIError) bool {
	switch api.ErrorCode {
	case codeStoreFailed:
		return strings.HasPrefix(api.Description, "maximum")
	case codeInsufficientResources, codeStorageExceeded:
		return true
	default:
		return false
	}
}

func refused(api *jetstream.APIError) bool {
	if api.ErrorCode == jetstreamext.JSErrCodeBatchPublishIncomplete {
		return false // the server, or its leader, came back in the middle of the batch
	}

	return api.Code >= http.StatusBadRequest && api.Code < http.StatusInternalServerError && api.Code != http.StatusTooManyRequests
}
