package jobs

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// subjectsOf counts a stream's messages by subject, of the subjects that a pattern matches. It asks for the server's first
// page of them alone (100,000): a publisher that makes a subject of each job must not have each worker read millions.
func subjectsOf(ctx context.Context, js jetstream.JetStream, stream, pattern string) (map[string]uint64, error) {
	type info struct {
		apiAnswer

		State struct {
			Subjects map[string]uint64 `json:"subjects"`
		} `json:"state"`
	}

	answer, err := apiRequest[info](ctx, js, "STREAM.INFO."+stream, map[string]string{"subjects_filter": pattern})
	if err != nil {
		return nil, fmt.Errorf("listing the subjects of %s: %w", stream, err)
	}

	return answer.State.Subjects, nil
}
