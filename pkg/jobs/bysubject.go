package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// subjectsOf counts a stream's messages by subject, of the subjects that a pattern matches. It asks for the server's first
// page of them alone (100,000): a publisher that makes a subject of each job must not have each worker read millions.
func subjectsOf(ctx context.Context, js jetstream.JetStream, stream, pattern string) (map[string]uint64, error) {
	request, err := json.Marshal(map[string]string{"subjects_filter": pattern})
	if err != nil {
		return nil, fmt.Errorf("encoding a request: %w", err)
	}

	explain := Unanswered(js)

	answer, err := js.Conn().RequestWithContext(ctx, apiPrefix(js)+"STREAM.INFO."+stream, request)
	if err != nil {
		return nil, fmt.Errorf("listing the subjects of %s: %w", stream, explain(err))
	}

	var info struct {
		Error *jetstream.APIError `json:"error"`
		State struct {
			Subjects map[string]uint64 `json:"subjects"`
		} `json:"state"`
	}

	if err := json.Unmarshal(answer.Data, &info); err != nil {
		return nil, fmt.Errorf("listing the subjects of %s: the answer cannot be read: %w", stream, err)
	}

	if info.Error != nil {
		return nil, fmt.Errorf("listing the subjects of %s: %w", stream, info.Error)
	}

	return info.State.Subjects, nil
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
