package enroll

import (
	"context"
	"fmt"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
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
	// mostLooks is how many processes may end then while they look it through before it is given up without a copy.
	mostLooks = 2
	// crashTimeout bounds one note.
	crashTimeout = 2 * time.Second
)

// readGuarded reads a message. One that was delivered many times may have ended the processes that read it, by a stack that
// overflowed or memory that ran out, which nothing recovers from. It is read alone and with a note that outlives the process.
// crashed says that it was begun too often, and is not read.
func (w *Worker) readGuarded(ctx context.Context, r *reading) (crashed bool) {
	if r.delivered <= suspicious || w.config.Crashes == nil {
		w.read(ctx, r)
		return false
	}

	select {
	case w.alone <- struct{}{}:
		defer func() { <-w.alone }()
	case <-ctx.Done(): // told to hurry: read it as ever
		w.read(ctx, r)
		return false
	}

	message := r.message()

	unended, err := w.note(ctx, message)
	if err != nil {
		w.config.Logger.Warn("a message that was delivered often is read without a note", "message", message, "error", err)
	}

	if unended >= mostCrashes {
		r.unseen = unended >= mostCrashes+mostLooks
		return true
	}

	defer w.removeNote(ctx, message) // a panic is recovered from, so that it ends the reading as well

	w.read(ctx, r)

	return false
}

// note returns how many readings of a message were begun and never ended, but for those of this process, which lives.
func (w *Worker) note(ctx context.Context, message string) (int, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), crashTimeout)
	defer cancel()

	unended, err := w.config.Crashes.Reading(ctx, message)
	ours := w.pendingNotes[message]
	w.pendingNotes[message]++ // until the note is known to be erased

	return unended - ours, err
}

func (w *Worker) removeNote(ctx context.Context, message string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), crashTimeout)
	defer cancel()

	if err := w.config.Crashes.Read(ctx, message); err != nil {
		w.config.Logger.Warn("the note on a message that was read could not be removed", "message", message, "error", err)
		return
	}

	delete(w.pendingNotes, message)
}

// decideCrashed ends a message that has ended several processes, without reading it as a job. Its letter is for those who look
// for the cause. Before it is written, the message is looked through for what must not be kept, with its note standing: where
// that ends processes as well, no copy is kept.
func (w *Worker) decideCrashed(r *reading) decision {
	r.noted = true

	w.config.Logger.Error("a message ended the processes that read it, and is given up unread",
		"message", r.place(), "times", mostCrashes)

	r.record = w.newInvalidRecord(r)

	if r.unseen {
		r.noCopy = "workers ended while they looked it through for security codes and card numbers"
	} else {
		w.lookInto(r)
	}

	return w.decideUnread(r, jobs.ReasonWorkerCrash, fmt.Sprintf("%d workers ended while they read it", mostCrashes))
}

// eraseNote removes the note of a message that was given up.
func (w *Worker) eraseNote(ctx context.Context, r *reading) {
	if !r.noted {
		return
	}

	w.alone <- struct{}{}

	defer func() { <-w.alone }()

	w.removeNote(ctx, r.message())
}
