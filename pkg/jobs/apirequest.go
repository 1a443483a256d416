package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// apiAnswer is what each answer of the JetStream API may be instead.
type apiAnswer struct {
	Error *jetstream.APIError `json:"error"`
}

func (a apiAnswer) refused() *jetstream.APIError { return a.Error }

// apiRequest asks the JetStream API for what the client has no call for, and reads its answer into a T, which embeds apiAnswer.
// What the server says is wrong is an error (*jetstream.APIError).
func apiRequest[T interface{ refused() *jetstream.APIError }](
	ctx context.Context, js jetstream.JetStream, operation string, request any,
) (answer T, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return answer, fmt.Errorf("encoding a request: %w", err)
	}

	explain := Unanswered(js)

	reply, err := js.Conn().RequestWithContext(ctx, apiPrefix(js)+operation, body)
	if err != nil {
		return answer, explain(err)
	}

	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return answer, fmt.Errorf("the answer cannot be read: %w", err)
	}

	if refused := answer.refused(); refused != nil {
		return answer, refused
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
