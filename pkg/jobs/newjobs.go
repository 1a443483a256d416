package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// NewJobs is where the new jobs of a program are in their stream.
type NewJobs struct {
	// Last is the sequence of the stream's last message, of any program.
	Last uint64
	// Oldest is the sequence of the program's oldest message that is still there, and OldestAt when it was stored;
	// zero when there is none.
	Oldest   uint64
	OldestAt time.Time
}

// Gone reports whether every message of the program up to a sequence has left the queue: it was acknowledged,
// which is done once its job has a row in Postgres, or it was lost.
func (n NewJobs) Gone(upTo uint64) bool { return n.Oldest == 0 || n.Oldest > upTo }

// ReadNewJobs asks the server. Its cost does not depend on the number of jobs.
func ReadNewJobs(ctx context.Context, js jetstream.JetStream, program string) (NewJobs, error) {
	stream, err := lookAt(ctx, js, StreamJobs)
	if err != nil {
		return NewJobs{}, err
	}

	// The end comes first: what is published meanwhile is behind it.
	n := NewJobs{Last: stream.CachedInfo().State.LastSeq}

	oldest, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(Subject(program)))

	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return n, nil
	case err != nil:
		return NewJobs{}, fmt.Errorf("looking at subject %s: %w", Subject(program), err)
	}

	n.Oldest, n.OldestAt = oldest.Sequence, oldest.Time

	return n, nil
}
