package inquiry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// announced publishes the event of the job, and returns when the queue took it.
func (r *rig) announced() time.Time {
	r.t.Helper()

	outcome, found, err := r.ledger.Outcome(r.t.Context(), "j.1")
	require.NoError(r.t, err)
	require.True(r.t, found)
	require.NoError(r.t, announce.Outcome(r.t.Context(), r.js, outcome, nil, persist.Options{}))

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamOutcomes)
	require.NoError(r.t, err)

	return stream.CachedInfo().State.LastTime
}

func TestTheEventOfAJobsEndIsTold(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	claim := r.begin()
	require.Nil(t, r.job().Event, "it has not ended")

	r.finish(claim, "enrolled", store.StatusEnrolled, nil)
	require.Contains(t, r.job().Event.String(), "not in the queue; it is published within moments")

	at := r.announced()
	require.Equal(t, &inquiry.Event{At: at.UTC()}, r.job().Event)
	require.Equal(t, "its event was published", r.job().Event.String())

	stream, err := r.js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	require.Contains(t, r.job().Event.String(), "the queue holds none of that time any more")

	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamOutcomes))
	require.Contains(t, r.job().Event.String(), "not known: ")

	sources := r.sources()
	sources.JS = nil
	require.Contains(t, r.told(sources).Event.String(), "the queue could not be asked")
}

// A page that is brought up to date every second asks for what it knows once.
func TestAnEventIsLookedForOnce(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.finish(r.begin(), "enrolled", store.StatusEnrolled, nil)

	sources := r.sources()
	sources.Events = &inquiry.Events{}
	require.Zero(t, r.told(sources).Event.At, "it was not published")

	at := r.announced()
	require.Equal(t, at.UTC(), r.told(sources).Event.At, "the job has just ended: it is looked for again")

	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamOutcomes))
	require.Equal(t, at.UTC(), r.told(sources).Event.At)

	// A queue that refuses to say is not asked again at once.
	refused := r.sources()
	refused.Events = &inquiry.Events{}
	require.Contains(t, r.told(refused).Event.String(), "not known: ")

	_, err := jobs.Ensure(t.Context(), r.js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)
	require.NotZero(t, r.announced())
	require.Contains(t, r.told(refused).Event.String(), "not known: ")
	require.NotZero(t, r.told(r.sources()).Event.At)

	// One that has its end for long is not looked for again at once, whether it was found or not.
	_, err = r.sql.Exec(t.Context(), `UPDATE enrollments SET completed_at = now() - interval '1 hour', attempts = 2 WHERE job_id = 'j.1'`)
	require.NoError(t, err)
	require.Zero(t, r.told(sources).Event.At)
	require.NotZero(t, r.announced())
	require.Zero(t, r.told(sources).Event.At)
	require.NotZero(t, r.told(r.sources()).Event.At)
}

// told is the job as some sources tell of it.
func (r *rig) told(sources inquiry.Sources) inquiry.Job {
	r.t.Helper()

	found, err := r.ledger.Find(r.t.Context(), store.KeyJob, "j.1", 1)
	require.NoError(r.t, err)
	require.Len(r.t, found, 1)

	job, err := sources.Tell(r.t.Context(), found[0])
	require.NoError(r.t, err)

	return job
}
