package console

import (
	"context"
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// jobView is all that is known of a job.
type jobView struct {
	Job    answer[[]inquiry.Job] // several where the id was used for other content as well; none that a worker has seen
	Unseen *inquiry.Job
	ID     string
}

// mostOfOneID bounds the rows of an id that was used many times.
const mostOfOneID = 20

func (c *Console) jobPage(v *visit) error {
	id := v.query("id")
	if id == "" || pan.MaskText(id) != id {
		return refuse(http.StatusUnprocessableEntity, "This is no id of a job.")
	}

	view := jobView{ID: id}
	view.Job = askLedger(v.r.Context(), c, "job "+id, func(ctx context.Context, s *store.Store) ([]inquiry.Job, error) {
		return c.tell(ctx, s, id)
	})

	if view.Job.Known && len(view.Job.Value) == 0 {
		unseen := c.sources(nil).Unseen(v.r.Context(), id)
		view.Unseen = &unseen
	}

	return v.show("job", "Job "+id, with("/job", "id", id), view)
}

// sources are where the page's answers come from.
func (c *Console) sources(ledger inquiry.Ledger) inquiry.Sources {
	return inquiry.Sources{Ledger: ledger, JS: c.connected(), Verdicts: c.Verdicts, Events: &c.events}
}

func (c *Console) tell(ctx context.Context, s *store.Store, id string) ([]inquiry.Job, error) {
	found, err := s.Find(ctx, store.KeyJob, id, mostOfOneID)
	if err != nil {
		return nil, err
	}

	sources := c.sources(s)

	told, err := sources.TellAll(ctx, found)
	if err != nil {
		return nil, err
	}

	if len(found) == 0 {
		job, purged, err := sources.Purged(ctx, id)
		if err != nil {
			return nil, err
		}

		if purged {
			told = append(told, job)
		}
	}

	return told, nil
}

// event is a point of a job's timeline.
type event struct {
	At    time.Time
	Tone  string
	Head  string
	More  string
	Took  string
	Code  string
	Meta  string
	Trace string
}

// beginningOf is how a job came to us.
func beginningOf(j inquiry.Job) []event {
	if j.FirstSeenAt.IsZero() {
		return nil // its row is gone
	}

	published := event{At: j.PublishedAt, Tone: "calm", Head: "Published"}
	if j.PublishedAt.IsZero() {
		published.More = "When is not known: the row does not say."
	}

	return []event{published, {At: j.FirstSeenAt, Tone: "calm", Head: "First taken by a worker"}}
}

// timelineOf is what happened to a job, the first first.
func timelineOf(j inquiry.Job) []event {
	events := beginningOf(j)
	redriven := j.RedrivenAt.IsZero()

	for _, attempt := range j.Timeline {
		if !redriven && attempt.StartedAt.After(j.RedrivenAt) {
			redriven = true
			events = append(events, redrivenEvent(j))
		}

		events = append(events, attemptEvent(attempt))
	}

	if !redriven {
		events = append(events, redrivenEvent(j))
	}

	if !j.NextAttemptAt.IsZero() && j.CompletedAt.IsZero() {
		events = append(events, event{At: j.NextAttemptAt, Tone: "busy", Head: "Due"})
	}

	if !j.CompletedAt.IsZero() {
		events = append(events, event{At: j.CompletedAt, Tone: toneOf(j.Status), Head: "Came to its end: " + words(j.Status)})
	}

	if told := j.Event; told != nil && told.At.IsZero() {
		events = append(events, event{Tone: "calm", Head: "Its event", More: told.Note})
	} else if told != nil {
		events = append(events, event{At: told.At, Tone: "calm", Head: "Its event was published"})
	}

	return events
}

func redrivenEvent(j inquiry.Job) event {
	return event{At: j.RedrivenAt, Tone: "busy", Head: "Brought back by an operator", More: number(j.Redriven) + " in all"}
}

func attemptEvent(a inquiry.Attempt) event {
	e := event{
		At: a.StartedAt, Tone: toneOfVerdict(a.Verdict), Head: "Call " + number(a.Number) + ": " + words(a.Verdict),
		More: a.Message, Code: a.Code(), Took: span(time.Duration(a.Milliseconds) * time.Millisecond), Meta: "worker " + a.Worker,
		Trace: a.TraceID,
	}

	switch {
	case a.Verdict == "" && a.FinishedAt.IsZero():
		e.Head = "Call " + number(a.Number) + ": no result yet"
	case a.Late:
		e.Head += ", too late to count"
	}

	if a.HTTPStatus != 0 {
		e.Meta += ", HTTP " + number(a.HTTPStatus)
	}

	return e
}

// toneOfVerdict is the color of a call's verdict.
func toneOfVerdict(verdict string) string {
	switch verdict {
	case "retry", "throttled", "unknown", "halted":
		return "warn"
	case "":
		return "busy"
	default:
		return toneOf(verdict)
	}
}
