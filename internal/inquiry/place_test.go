package inquiry_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestAJobsMessageIsLocated(t *testing.T) {
	t.Parallel()

	at := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	schedule := []string{jobs.HeaderSchedule, "@at " + at.Format(time.RFC3339), "Nats-Schedule-Target", jobs.DueSubject("demo")}
	retry := func(r *rig) {
		r.finish(r.begin(), "retry", store.StatusRetrying, func(f *store.FinishRequest) { f.RetryAfter = time.Minute })
	}

	for name, c := range map[string]struct {
		make       func(r *rig)
		kind       inquiry.Kind
		says, todo string
	}{
		"in flight": {
			func(r *rig) { r.begin() }, inquiry.InFlight, "in flight at worker w1 since ", "being called now",
		},
		"its worker has gone": {
			func(r *rig) { r.begin(); r.later() }, inquiry.Abandoned, "worker w1 had it and has said nothing since ", "another worker takes it up",
		},
		"its retry is scheduled": {
			func(r *rig) { retry(r); r.publish(jobs.RetrySubject("demo", "j.1"), "{}", schedule...) },
			inquiry.Scheduled, "scheduled in the queue for 2099-01-02 03:04:05Z", "tried again, not before",
		},
		"its retry is due": {
			func(r *rig) { retry(r); r.publish(jobs.DueSubject("demo"), "{}"); r.later(); r.aged() },
			inquiry.Waiting, "waiting in the queue for a worker since ", "tried again, not before",
		},
		"its retry has just been written": {
			retry, inquiry.Waiting, "waiting in the queue for a worker", "tried again",
		},
		"its retry is lost": {
			func(r *rig) { retry(r); r.later() }, inquiry.Lost, "the queue does not hold it any more", "tried again",
		},
		"others wait that came after it was lost": {
			func(r *rig) { retry(r); r.later(); r.publish(jobs.Subject("demo"), "{}") }, inquiry.Lost, "lost", "",
		},
		"handed back": {
			func(r *rig) {
				r.publish(jobs.Subject("demo"), "{}")
				r.finish(r.begin(), "halted", store.StatusPending, func(f *store.FinishRequest) { f.Refund = true })
			}, inquiry.Waiting, "waiting in the queue", "handed back",
		},
		"the batch is asked for": {
			func(r *rig) {
				r.finish(r.begin(), "submitted", store.StatusSubmitted, func(f *store.FinishRequest) { f.APIBatchID, f.RetryAfter = "b-7", time.Hour })
				r.publish(jobs.PollSubject("demo", "b-7", "1"), "{}", schedule...)
			}, inquiry.BatchResult, "asked for next at 2099-01-02 03:04:05Z; batch b-7", "is asked for the result",
		},
		"a dead letter": {
			func(r *rig) {
				r.finish(r.begin(), "retry", store.StatusDead, func(f *store.FinishRequest) {
					f.HTTPStatus, f.Failure = 503, store.Failure{Source: "gateway", Reason: "UNAVAILABLE"}
				})
				r.publish(jobs.DeadSubject("demo", "j.1"), "{}")
			}, inquiry.Letter, "a dead letter since ", "submit redrive --job j.1",
		},
		"its letter has gone": {
			func(r *rig) { r.finish(r.begin(), "unknown", store.StatusInDoubt, nil) },
			inquiry.Gone, "it has no dead letter", "submit resolve j.1 --as",
		},
		"enrolled": {
			func(r *rig) { r.finish(r.begin(), "enrolled", store.StatusEnrolled, nil) }, inquiry.Gone, "acknowledged", "Nothing to do.",
		},
		"rejected, and no row of a file": {
			func(r *rig) { r.finish(r.begin(), "", store.StatusExpired, nil) }, inquiry.Gone, "acknowledged", "publish it under another id.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			c.make(r)

			job := r.job()
			require.Equal(t, c.kind, job.Where.Kind, job.Where)
			require.Contains(t, job.Where.String(), c.says)
			require.Contains(t, job.WhatToDo, c.todo)
			require.Equal(t, "520473******4784", job.PAN)
			require.Len(t, job.Timeline, 1)
		})
	}
}

// aged has what waits in the lanes be older than what the job waits for.
func (r *rig) aged() {
	r.t.Helper()

	_, err := r.sql.Exec(r.t.Context(), `UPDATE enrollments SET next_attempt_at = now() - interval '1 second' WHERE job_id = 'j.1'`)
	require.NoError(r.t, err)
}

func TestAJobThatNoWorkerHasSeenIsSearchedFor(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.publish(jobs.Subject("demo"), `{"id":"other"}`)
	r.publish(jobs.Subject("demo"), `no JSON, "id":"j.1"`)
	r.publish(jobs.Subject("demo"), `{"schema":1,"id":"j.1"}`)

	job := r.sources().Unseen(t.Context(), "j.1")
	require.Equal(t, inquiry.Waiting, job.Where.Kind)
	require.Contains(t, job.Where.String(), "found behind 2 others")
	require.False(t, job.Where.Since.IsZero())
	require.Equal(t, job.Where.Since, job.PublishedAt)

	job = r.sources().Unseen(t.Context(), "j.2")
	require.Equal(t, inquiry.Unseen, job.Where.Kind)
	require.Contains(t, job.Where.String(), "not among the 3 messages of the queue")
	require.Contains(t, job.WhatToDo, "never published, or is lost")

	search, err := jobs.SearchNew(t.Context(), r.js, "j.1", 2)
	require.NoError(t, err)
	require.Equal(t, jobs.Search{Examined: 2, Left: 1}, search)
	require.Equal(t, "not among the 2 oldest messages, and 1 were not read", search.String())
}

// What the rows say is told, whether the queue answers or not.
func TestAJobIsToldOfWithoutTheQueue(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.finish(r.begin(), "retry", store.StatusRetrying, func(f *store.FinishRequest) {
		f.HTTPStatus, f.RetryAfter, f.SrcCorrelationID = 503, time.Hour, "correlation"
		f.Failure = store.Failure{Source: "gateway", Reason: "UNAVAILABLE", Detail: "BUSY", Message: "try later"}
	})

	for name, js := range map[string]jetstream.JetStream{"none": nil, "one without its streams": r.without(jobs.StreamRetry)} {
		sources := r.sources()
		sources.JS = js

		found, err := r.ledger.Find(t.Context(), store.KeyJob, "j.1", 1)
		require.NoError(t, err)
		job, err := sources.Tell(t.Context(), found[0])
		require.NoError(t, err, name)
		require.Equal(t, inquiry.NotKnown, job.Where.Kind)
		require.Contains(t, job.Where.String(), "the queue could not be asked")
		require.Equal(t, "UNAVAILABLE/BUSY", job.Code())
		require.Equal(t, "UNAVAILABLE/BUSY", job.Timeline[0].Code())
		require.Equal(t, "retry", job.Timeline[0].Verdict)
		require.Equal(t, 503, job.Timeline[0].HTTPStatus)
		require.Equal(t, "correlation", job.Timeline[0].SrcCorrelationID)
		require.False(t, job.Timeline[0].FinishedAt.IsZero())
	}

	_, err := r.sources().Tell(canceled(t), store.JobState{Row: store.Row{Outcome: store.Outcome{JobID: "j.1"}}})
	require.ErrorIs(t, err, context.Canceled)
}

// without is the queue, with a stream deleted.
func (r *rig) without(stream string) jetstream.JetStream {
	r.t.Helper()
	require.NoError(r.t, r.js.DeleteStream(r.t.Context(), stream))

	return r.js
}

func canceled(t *testing.T) context.Context {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	return ctx
}

// A job whose row is gone was not lost: who sends it again, under the same id, gets a conflict.
func TestAPurgedJobIsNoLostOne(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.finish(r.begin(), "enrolled", store.StatusEnrolled, nil)

	_, purged, err := r.sources().Purged(t.Context(), "j.1")
	require.NoError(t, err)
	require.False(t, purged)

	_, err = r.ledger.PurgeJobs(t.Context(), store.PurgeRequest{IDs: []string{"j.1"}, Before: time.Now().Add(time.Minute)})
	require.NoError(t, err)

	job, purged, err := r.sources().Purged(t.Context(), "j.1")
	require.NoError(t, err)
	require.True(t, purged)
	require.Equal(t, store.StatusPurged, job.Status)
	require.Contains(t, job.Where.String(), "gone: ")
	require.Contains(t, job.Where.String(), "purged at ")
	require.Contains(t, job.WhatToDo, "ID_PURGED")

	_, purged, err = r.sources().Purged(t.Context(), "no id \xff\x00")
	require.NoError(t, err)
	require.False(t, purged)

	_, _, err = r.sources().Purged(canceled(t), "j.1")
	require.ErrorIs(t, err, context.Canceled)
}
