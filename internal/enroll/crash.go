package enroll

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Crashes remembers, beyond the end of a process, which message it was reading (control.Crashes).
type Crashes interface {
	// Reading notes that a message is about to be read, and returns how many readings of it were begun before and never ended.
	Reading(ctx context.Context, message string) (unended int, err error)
	// Read notes that the reading has ended.
	Read(ctx context.Context, message string) error
}

const (
	// suspicious is how often a message must have been delivered before it is read alone.
	suspicious = 5
	// mostCrashes is how many processes may end while they read a message before it is given up.
	mostCrashes = 3
	// crashTimeout bounds one note.
	crashTimeout = 2 * time.Second
)

// readAlone reads a message. One that was delivered many times may have ended the processes that read it, by a stack that
// overflowed or memory that ran out, which nothing recovers from. It is read alone and with a note that outlives the process.
// crashed says that it was begun too often, and is not read.
func (w *Worker) readAlone(ctx context.Context, msg jetstream.Msg, r *reading) (crashed bool) {
	if r.delivered <= suspicious || w.config.Crashes == nil {
		w.read(msg, r)
		return false
	}

	w.alone.Lock()
	defer w.alone.Unlock()

	message := fmt.Sprintf("%s.%d", r.stream, r.sequence)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), crashTimeout)
	defer cancel()

	unended, err := w.config.Crashes.Reading(ctx, message)
	if err != nil {
		w.config.Logger.Warn("a message that was delivered often is read without a note", "message", message, "error", err)
	}

	if unended >= mostCrashes {
		return true
	}

	// A panic is recovered from, so that it ends the reading as well.
	defer func() {
		if err := w.config.Crashes.Read(ctx, message); err != nil {
			w.config.Logger.Warn("the note on a message that was read could not be removed", "message", message, "error", err)
		}
	}()

	w.read(msg, r)

	return false
}

// endCrashed ends a message that has ended several processes, without reading it.
func (w *Worker) endCrashed(ctx context.Context, msg jetstream.Msg, r reading) disposal {
	w.config.Logger.Error("a message ended the processes that read it, and is given up unread", "message", r.place(), "times", mostCrashes)

	ended := w.endUnread(ctx, msg, r, reasonCrash, fmt.Sprintf("%d workers ended while they read it", mostCrashes))
	if ended.what == acknowledge {
		if err := w.config.Crashes.Read(ctx, fmt.Sprintf("%s.%d", r.stream, r.sequence)); err != nil {
			w.config.Logger.Warn("the note on a message that was given up could not be removed", "message", r.place(), "error", err)
		}
	}

	return ended
}
