// Package inquiry answers what operators ask: how a job stands, what was tried and where its message is. Its functions return
// values, for commands and pages alike.
package inquiry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// StatusNotSeen is that of a job without a row that was not found in the queue.
const StatusNotSeen store.Status = "not_seen"

// Job is what is known of one job. Nothing of its card is in it but first six and last four digits.
type Job struct {
	ID                 string       `json:"job_id"`
	Program            string       `json:"program,omitempty"`
	Batch              string       `json:"batch,omitempty"`
	ExternalConsumerID string       `json:"external_consumer_id,omitempty"`
	ExternalCardID     string       `json:"external_card_id,omitempty"`
	Operation          string       `json:"operation,omitempty"`
	Status             store.Status `json:"status"` // results.StatusQueued or StatusNotSeen where no worker has seen it
	PAN                string       `json:"pan,omitempty"`

	HTTPStatus int    `json:"http_status,omitempty"`
	Source     string `json:"error_source,omitempty"`
	Reason     string `json:"error_reason,omitempty"`
	Detail     string `json:"error_detail,omitempty"`
	Field      string `json:"error_field,omitempty"`
	Message    string `json:"error_message,omitempty"`

	SrcDigitalCardID     string `json:"src_digital_card_id,omitempty"`
	SrcCorrelationID     string `json:"src_correlation_id,omitempty"`
	TokenUniqueReference string `json:"token_unique_reference,omitempty"`
	TraceID              string `json:"trace_id,omitempty"`
	APIBatchID           string `json:"api_batch_id,omitempty"`

	Attempts   int       `json:"attempts"`
	Charged    int       `json:"attempts_charged"`
	Redriven   int       `json:"redriven,omitempty"`
	RedrivenAt time.Time `json:"redriven_at,omitzero"`
	// PublishedAt is when the queue took the job, by the queue's clock, which may differ from that of the other times; zero where
	// nobody knows.
	PublishedAt   time.Time `json:"published_at,omitzero"`
	FirstSeenAt   time.Time `json:"first_seen_at,omitzero"`
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"`
	CompletedAt   time.Time `json:"completed_at,omitzero"`
	UpdatedAt     time.Time `json:"updated_at,omitzero"`

	Timeline []Attempt `json:"timeline"` // the first attempt first
	// Event is that of the job's end; nil while it has none.
	Event    *Event `json:"event,omitempty"`
	Where    Place  `json:"where"`
	WhatToDo string `json:"what_to_do"`
}

// Attempt is one call of the API.
type Attempt struct {
	Number           int       `json:"attempt"`
	Worker           string    `json:"worker,omitempty"`
	StartedAt        time.Time `json:"started_at"`
	FinishedAt       time.Time `json:"finished_at,omitzero"`
	Milliseconds     int64     `json:"milliseconds"` // until now for one that has no result
	Verdict          string    `json:"verdict,omitempty"`
	Late             bool      `json:"late,omitempty"`
	HTTPStatus       int       `json:"http_status,omitempty"`
	Source           string    `json:"error_source,omitempty"`
	Reason           string    `json:"error_reason,omitempty"`
	Detail           string    `json:"error_detail,omitempty"`
	Field            string    `json:"error_field,omitempty"`
	Message          string    `json:"error_message,omitempty"`
	SrcCorrelationID string    `json:"src_correlation_id,omitempty"`
	TraceID          string    `json:"trace_id,omitempty"`
}

// Ledger is where rows are kept (store.Store).
type Ledger interface {
	Find(ctx context.Context, by store.Key, value string, limit int) ([]store.JobState, error)
	Attempts(ctx context.Context, jobID string) ([]store.Attempt, error)
	Progress(ctx context.Context, batchID string) (store.Progress, error)
	PurgedIDs(ctx context.Context, ids []string) (map[string]time.Time, error)
}

// Sources are where answers come from. Without a queue, JS being nil, where messages are is not known.
type Sources struct {
	Ledger   Ledger
	JS       jetstream.JetStream
	Verdicts *mastercard.VerdictTable
	// Events are remembered; nil: each is looked for each time.
	Events *Events
}

// TellAll is Tell for several.
func (s Sources) TellAll(ctx context.Context, states []store.JobState) ([]Job, error) {
	var all []Job

	for _, state := range states {
		job, err := s.Tell(ctx, state)
		if err != nil {
			return nil, err
		}

		all = append(all, job)
	}

	return all, nil
}

// Tell tells all that is known of a job that has a row.
func (s Sources) Tell(ctx context.Context, state store.JobState) (Job, error) {
	attempts, err := s.Ledger.Attempts(ctx, state.JobID)
	if err != nil {
		return Job{}, err
	}

	progress, err := s.progress(ctx, state.BatchID)
	if err != nil {
		return Job{}, err
	}

	job := Of(state)
	job.WhatToDo = results.Advise(progress, s.Verdicts, state.Row)

	for _, attempt := range slices.Backward(attempts) {
		job.Timeline = append(job.Timeline, attemptOf(attempt, state.At))
	}

	job.Where = s.where(func() (Place, error) { return Locate(ctx, s.JS, state) })
	if job.Where.Kind == Abandoned {
		job.WhatToDo = "Nothing to do: another worker takes it up (see: submit status)."
	}

	job.Event = s.event(ctx, state)

	return job, nil
}

// Purged tells of a job whose row was purged; false: it was not.
func (s Sources) Purged(ctx context.Context, id string) (Job, bool, error) {
	if !jobs.ValidID(id) { // no job has had it
		return Job{}, false, nil
	}

	purged, err := s.Ledger.PurgedIDs(ctx, []string{id})
	at, was := purged[id]

	if err != nil || !was {
		return Job{}, false, err
	}

	return Job{
		ID: id, Status: store.StatusPurged, UpdatedAt: at, Timeline: []Attempt{},
		Where: Place{Kind: Gone, Note: "what was kept of it was purged at " + stamp(at)},
		WhatToDo: "Nothing to do: it had its outcome. Its id stays taken: a message that comes again under it is not sent, and " +
			"ends as conflict, ID_PURGED.",
	}, true, nil
}

// Unseen tells of a job without a row that was not purged: whether the queue holds it.
func (s Sources) Unseen(ctx context.Context, id string) Job {
	job := Job{ID: id, Status: StatusNotSeen, Timeline: []Attempt{}}
	job.Where = s.where(func() (Place, error) { return Search(ctx, s.JS, id) })

	switch job.Where.Kind {
	case Waiting:
		job.Status, job.PublishedAt = results.StatusQueued, job.Where.Since
		job.WhatToDo = "Nothing to do: it waits for a worker (see: submit status)."
	case Unseen:
		job.WhatToDo = "It was never published, or is lost: look the id up at its sender, and send it again. " +
			"The rows of a file that are lost are counted by: submit status BATCH."
	default:
		job.WhatToDo = "Ask again later; how many jobs wait is told by: submit status."
	}

	return job
}

// where asks the queue. That it does not answer is no reason to keep the rest from who asks.
func (s Sources) where(look func() (Place, error)) Place {
	if s.JS == nil {
		return Place{Kind: NotKnown}
	}

	place, err := look()
	if err != nil {
		return Place{Kind: NotKnown, Note: err.Error()}
	}

	return place
}

// event is that of a job's end; nil where there is nothing to tell.
func (s Sources) event(ctx context.Context, state store.JobState) *Event {
	if !state.Status.Final() {
		return nil
	}

	if s.JS == nil {
		return &Event{Note: "not known: the queue could not be asked"}
	}

	event := s.Events.find(state.At, state.Outcome, func() (Event, bool) {
		event, err := FindEvent(ctx, s.JS, state.Outcome)
		if err != nil {
			return Event{Note: "not known: " + err.Error()}, true
		}

		return event, false
	})

	return &event
}

// progress is that of a batch; empty for a job that has none, or whose batch is not counted.
func (s Sources) progress(ctx context.Context, batch string) (store.Progress, error) {
	if batch == "" {
		return store.Progress{}, nil
	}

	progress, err := s.Ledger.Progress(ctx, batch)
	if errors.Is(err, store.ErrNoBatch) {
		return store.Progress{}, nil
	}

	if err != nil {
		return store.Progress{}, fmt.Errorf("reading the batch of the job: %w", err)
	}

	return progress, nil
}

// Of is what the row alone says of a job.
func Of(s store.JobState) Job {
	job := Job{
		ID: s.JobID, Program: s.Program, Batch: s.BatchID,
		ExternalConsumerID: s.ExternalConsumerID, ExternalCardID: s.ExternalCardID, Operation: s.Operation, Status: s.Status,
		HTTPStatus: s.HTTPStatus, Source: s.Failure.Source, Reason: s.Failure.Reason, Detail: s.Failure.Detail,
		Field: s.Failure.Field, Message: s.Failure.Message,
		SrcDigitalCardID: s.SrcDigitalCardID, SrcCorrelationID: s.SrcCorrelationID, TokenUniqueReference: s.TokenUniqueReference,
		TraceID: s.TraceID, APIBatchID: s.APIBatchID,
		Attempts: s.Attempts, Charged: s.Charged, Redriven: s.Redriven, RedrivenAt: s.RedrivenAt,
		PublishedAt: s.QueuedAt,
		FirstSeenAt: s.FirstSeenAt, NextAttemptAt: s.NextAttemptAt, CompletedAt: s.CompletedAt, UpdatedAt: s.UpdatedAt,
		Timeline: []Attempt{},
	}

	if s.PANLast4 != "" {
		job.PAN = s.PANFirst6 + "******" + s.PANLast4
	}

	return job
}

// Code is the reason, and behind a slash the detail where it says more.
func (j Job) Code() string { return code(j.Reason, j.Detail) }

// Code is that of the attempt.
func (a Attempt) Code() string { return code(a.Reason, a.Detail) }

func code(reason, detail string) string {
	if detail != "" && detail != reason {
		return reason + "/" + detail
	}

	return reason
}

// attemptOf is the attempt as it stands at a time.
func attemptOf(a store.Attempt, now time.Time) Attempt {
	end := a.FinishedAt
	if end.IsZero() {
		end = now
	}

	return Attempt{
		Number: a.Number, Worker: a.Worker, StartedAt: a.StartedAt, FinishedAt: a.FinishedAt,
		Milliseconds: max(end.Sub(a.StartedAt), 0).Milliseconds(), Verdict: a.Verdict, Late: a.Late, HTTPStatus: a.HTTPStatus,
		Source: a.Failure.Source, Reason: a.Failure.Reason, Detail: a.Failure.Detail, Field: a.Failure.Field,
		Message: a.Failure.Message, SrcCorrelationID: a.SrcCorrelationID, TraceID: a.TraceID,
	}
}
