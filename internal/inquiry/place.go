package inquiry

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Kind says in a word where a job's message is.
type Kind string

// The kinds of places.
const (
	InFlight    Kind = "in_flight"       // with a worker that is calling the API
	Abandoned   Kind = "abandoned"       // with a worker whose lease has run out; it comes again
	Scheduled   Kind = "scheduled"       // kept by the queue until its time
	Waiting     Kind = "waiting"         // in the queue for a worker, or in the hands of one that has not begun
	BatchResult Kind = "batch_result"    // in the message that asks for the result of a batch of the API
	Letter      Kind = "dead_letter"     // among the dead letters
	Gone        Kind = "gone"            // acknowledged, as the job has come to its end
	Lost        Kind = "lost"            // the queue should have it and has not
	Unseen      Kind = "not_in_queue"    // no worker has seen it, and the queue does not hold it
	NotFound    Kind = "not_found_yet"   // no worker has seen it, and not all of the queue was searched
	NotKnown    Kind = "queue_not_asked" // the queue did not answer
)

// Place is where a job's message is.
type Place struct {
	Kind   Kind      `json:"kind"`
	Worker string    `json:"worker,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"` // the end of the lease, or of the wait
	Note   string    `json:"note,omitempty"`
}

// String says it in a sentence.
func (p Place) String() string {
	text := map[Kind]string{
		InFlight: fmt.Sprintf("in flight at worker %s since %s, which has until %s to say more",
			p.Worker, stamp(p.Since), stamp(p.Until)),
		Abandoned: fmt.Sprintf("worker %s had it and has said nothing since %s; the queue gives it to another worker",
			p.Worker, stamp(p.Until)),
		Scheduled:   "scheduled in the queue for " + stamp(p.Until),
		Waiting:     "waiting in the queue for a worker",
		BatchResult: "waiting for the result of a batch at Mastercard, which is asked for",
		Letter:      "a dead letter since " + stamp(p.Since),
		Gone:        "gone: it was acknowledged, as the job has come to its end",
		Lost:        "lost: the queue does not hold it any more; workers end the job within some ten minutes",
		Unseen:      "no worker has seen it, and the queue does not hold it",
		NotFound:    "no worker has seen it",
		NotKnown:    "not known: the queue could not be asked",
	}[p.Kind]

	if p.Kind == BatchResult && !p.Until.IsZero() {
		text += " next at " + stamp(p.Until)
	}

	if p.Kind == Waiting && !p.Since.IsZero() {
		text += " since " + stamp(p.Since)
	}

	if p.Note != "" {
		text += "; " + p.Note
	}

	return text
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}

	return t.UTC().Format("2006-01-02 15:04:05Z")
}

const (
	// lookTimeout bounds one question to the queue.
	lookTimeout = 5 * time.Second
	// searchTimeout bounds the search for a job that no worker has seen, searchMost the messages that it reads.
	searchTimeout = 10 * time.Second
	searchMost    = 100_000
	// margin is for clocks that differ, and for a worker between its commit and what it publishes then.
	margin = time.Minute
)

// Locate finds where the message of a job is that has a row, with a few look-ups at the queue.
func Locate(ctx context.Context, js jetstream.JetStream, job store.JobState) (Place, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()

	switch job.Status {
	case store.StatusInProgress:
		return claimed(job), nil
	case store.StatusRetrying, store.StatusPending:
		return waiting(ctx, js, job)
	case store.StatusSubmitted:
		return submitted(ctx, js, job)
	case store.StatusDead, store.StatusInDoubt, store.StatusInvalid:
		return letter(ctx, js, job)
	default:
		return Place{Kind: Gone}, nil
	}
}

// claimed tells a worker that calls from one that has gone.
func claimed(job store.JobState) Place {
	place := Place{Kind: InFlight, Worker: cmp.Or(job.Worker, "(unnamed)"), Since: job.AttemptStartedAt, Until: job.LeaseUntil}
	if !job.LeaseUntil.After(job.At) {
		place.Kind = Abandoned
	}

	return place
}

func waiting(ctx context.Context, js jetstream.JetStream, job store.JobState) (Place, error) {
	schedule, found, err := jobs.RetrySchedule(ctx, js, job.Program, job.JobID)

	switch {
	case err != nil:
		return Place{}, err
	case found:
		return Place{Kind: Scheduled, Until: cmp.Or(schedule.At, job.NextAttemptAt)}, nil
	}

	since := latest(job.UpdatedAt, job.NextAttemptAt)

	return inLanes(ctx, js, job, Place{Kind: Waiting, Since: since}, since)
}

func submitted(ctx context.Context, js jetstream.JetStream, job store.JobState) (Place, error) {
	place := Place{Kind: BatchResult, Note: "batch " + job.APIBatchID}

	schedule, found, err := jobs.PollSchedule(ctx, js, job.Program, job.APIBatchID)
	if err != nil {
		return Place{}, err
	}

	if found {
		place.Until = schedule.At
		return place, nil
	}

	return inLanes(ctx, js, job, place, latest(job.At, job.NextAttemptAt)) // it is published anew after each question
}

// inLanes is a place for a message without a schedule, which is in a lane or lost: lost, when the lanes hold nothing that is as
// old as the message must be.
func inLanes(ctx context.Context, js jetstream.JetStream, job store.JobState, place Place, since time.Time) (Place, error) {
	oldest, err := jobs.ReadOldest(ctx, js, job.Program)
	if err != nil {
		return Place{}, err
	}

	bound := since.Add(margin)
	held := !oldest.Jobs.IsZero() && oldest.Jobs.Before(bound) || !oldest.Due.IsZero() && oldest.Due.Before(bound)

	if held || job.At.Before(job.UpdatedAt.Add(margin)) {
		return place, nil
	}

	return Place{Kind: Lost, Since: job.UpdatedAt}, nil
}

func letter(ctx context.Context, js jetstream.JetStream, job store.JobState) (Place, error) {
	at, found, err := jobs.LetterAt(ctx, js, job.Program, job.JobID)

	switch {
	case err != nil:
		return Place{}, err
	case found:
		return Place{Kind: Letter, Since: at}, nil
	default:
		return Place{Kind: Gone, Note: "it has no dead letter (any more)"}, nil
	}
}

// Search looks through the queue for a job that no worker has seen.
func Search(ctx context.Context, js jetstream.JetStream, id string) (Place, error) {
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()

	search, err := jobs.SearchNew(ctx, js, id, searchMost)

	switch {
	case err != nil:
		return Place{}, err
	case search.Found:
		return Place{Kind: Waiting, Since: search.At, Note: search.String()}, nil
	case search.Left > 0:
		return Place{Kind: NotFound, Note: search.String()}, nil
	default:
		return Place{Kind: Unseen, Note: search.String()}, nil
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}
