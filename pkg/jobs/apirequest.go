package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// apiRequest asks the JetStream API for what the client has no call for, and reads its answer into a T. What the server says is
// wrong is an error (*jetstream.APIError).
func apiRequest[T any](ctx context.Context, js jetstream.JetStream, operation string, request any) (answer T, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return answer, fmt.Errorf("encoding a request: %w", err)
	}

	explain := Unanswered(js)

	reply, err := js.Conn().RequestWithContext(ctx, apiPrefix(js)+operation, body)
	if err != nil {
		return answer, explain(err)
	}

	var failed struct {
		Error *jetstream.APIError `json:"error"`
	}

	for _, into := range []any{&failed, &answer} {
		if err := json.Unmarshal(reply.Data, into); err != nil {
			return answer, fmt.Errorf("the answer cannot be read: %w", err)
		}
	}

	if failed.Error != nil {
		return answer, failed.Error
	}

	return answer, nil
}

// apiPrefix is what the subjects of the JetStream API begin with on this connection.
func apiPrefix(js jetstream.JetStream) string {
	options := js.Options()
	if options.APIPrefix == "" && options.Domain != "" {
		return "$JS." + options.Domain + ".API."
	}

	prefix := cmp.Or(options.APIPrefix, jetstream.DefaultAPIPrefix)
	if prefix[len(prefix)-1] != '.' {
		prefix += "."
	}

	return prefix
}
