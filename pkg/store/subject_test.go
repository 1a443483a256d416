package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// changing is a job that changes a consumer, taken by the queue so many seconds after the others.
func changing(id, subject string, seconds int) store.BeginRequest {
	r := beginRequest(id)
	r.Job.Operation, r.Job.Subject = store.OperationUpdate, subject
	r.Job.QueuedAt = time.Date(2026, 6, 1, 12, 0, seconds, 0, time.UTC)

	return r
}

func TestChangesOfOneSubjectAreMadeOneAfterTheOther(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	ask := func(r store.BeginRequest) store.Claim {
		claim, err := d.Begin(t.Context(), r)
		require.NoError(t, err)

		return claim
	}

	first := begin(t, d.Store, changing("first", "consumer/c", 1))

	require.Equal(t, store.Waiting, ask(changing("second", "consumer/c", 2)).Decision)
	_, found, err := d.Outcome(t.Context(), "second")
	require.NoError(t, err)
	require.False(t, found, "one that waits has no row")

	begin(t, d.Store, changing("of another", "consumer/d", 2))

	other := changing("of another program", "consumer/c", 2)
	other.Job.Program = "globex"
	begin(t, d.Store, other)

	finish(t, d.Store, result(first, "updated", store.StatusUpdated))
	second := begin(t, d.Store, changing("second", "consumer/c", 2))

	retry := result(second, "throttled", store.StatusRetrying)
	finish(t, d.Store, retry)
	third := begin(t, d.Store, changing("third", "consumer/c", 3))
	require.Equal(t, store.Waiting, ask(changing("second", "consumer/c", 99)).Decision, "while the later one is called")

	finish(t, d.Store, result(third, "updated", store.StatusUpdated))
	require.Equal(t, store.Superseded, ask(changing("second", "consumer/c", 99)).Decision,
		"the time of its first message counts, not that of a retry")
	require.Equal(t, store.Superseded, ask(changing("late", "consumer/c", 0)).Decision, "also of one that has no row")

	ended, err := d.End(t.Context(), store.EndRequest{Job: changing("late", "consumer/c", 0).Job, Status: store.StatusSuperseded})
	require.NoError(t, err)
	require.Equal(t, store.Ended, ended.Decision)
	require.Equal(t, store.Final, ask(changing("late", "consumer/c", 0)).Decision)
	require.Equal(t, store.Final, ask(changing("first", "consumer/c", 1)).Decision, "what has its outcome keeps it")
}

// A change that is known not to have been made stands in nobody's way; one that may have been does.
func TestWhichLaterChangesCount(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for status, c := range map[store.Status]struct {
		verdict string
		want    store.Decision
	}{
		store.StatusUpdated:     {"updated", store.Superseded},
		store.StatusForgotten:   {"forgotten", store.Superseded},
		store.StatusInDoubt:     {"unknown", store.Superseded},
		store.StatusRejected:    {"rejected", store.Begun},
		store.StatusNotEnrolled: {"not_enrolled", store.Begun},
		store.StatusDead:        {"retry", store.Begun},
		store.StatusRetrying:    {"retry", store.Begun},
		store.StatusPending:     {"halted", store.Begun},
	} {
		subject := "consumer/" + string(status)
		later := begin(t, d.Store, changing("later "+string(status), subject, 2))
		finish(t, d.Store, result(later, c.verdict, status))

		claim, err := d.Begin(t.Context(), changing("earlier "+string(status), subject, 1))
		require.NoError(t, err)
		require.Equal(t, c.want, claim.Decision, status)
	}

	// One whose worker died holds nobody up for longer than its lease; an attempt that may have been made, does not put one in doubt
	// that is superseded.
	job := jobTest{d, t, "x"}
	dead := changing("dead", "consumer/x", 1)
	dead.Lease = time.Millisecond
	begin(t, job.Store, dead)

	eventually.True(t, func() bool { // by Postgres' clock
		return value[bool](t, d, `SELECT lease_until < now() FROM enrollments WHERE job_id = 'dead'`)
	}, time.Minute, time.Millisecond)

	later := begin(t, d.Store, changing("later", "consumer/x", 2))
	finish(t, d.Store, result(later, "updated", store.StatusUpdated))

	claim, err := d.Begin(t.Context(), changing("dead", "consumer/x", 1))
	require.NoError(t, err)
	require.Equal(t, store.Superseded, claim.Decision)

	ended, err := d.End(t.Context(), store.EndRequest{Job: dead.Job, Status: store.StatusSuperseded})
	require.NoError(t, err)
	require.Equal(t, store.StatusSuperseded, ended.Outcome.Status)
}

// A consumer is forgotten whatever was changed of them meanwhile: made in their order, the two would leave nobody either.
func TestNoUpdateSupersedesOneThatForgets(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	ask := func(r store.BeginRequest) store.Decision {
		claim, err := d.Begin(t.Context(), r)
		require.NoError(t, err)

		return claim.Decision
	}
	forgetting := func(id string, seconds int) store.BeginRequest {
		r := changing(id, "consumer/c", seconds)
		r.Job.Operation = store.OperationForget

		return r
	}

	finish(t, d.Store, result(begin(t, d.Store, forgetting("forget", 2)), "throttled", store.StatusRetrying))

	update := begin(t, d.Store, changing("update", "consumer/c", 3))
	require.Equal(t, store.Waiting, ask(forgetting("forget", 2)))
	finish(t, d.Store, result(update, "updated", store.StatusUpdated))

	forget := begin(t, d.Store, forgetting("forget", 2))
	finish(t, d.Store, result(forget, "forgotten", store.StatusForgotten))

	require.Equal(t, store.Superseded, ask(forgetting("forget before", 1)), "it is done")
	require.Equal(t, store.Superseded, ask(changing("update before", "consumer/c", 1)))
}

// However many workers ask at once, one of them may call.
func TestManyAskForOneSubject(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	const asked = 20

	var (
		mu    sync.Mutex
		begun = map[string]store.Claim{}
	)

	together(asked, func(i int) {
		id := string(rune('a' + i))

		claim, err := d.Begin(t.Context(), changing(id, "consumer/c", i))

		mu.Lock()
		defer mu.Unlock()

		switch {
		case err != nil:
			t.Error(err)
		case claim.Decision == store.Begun:
			begun[id] = claim
		case claim.Decision != store.Waiting:
			t.Errorf("%s: %s", id, claim.Decision)
		}
	})

	require.Len(t, begun, 1)
}

func TestFindConsumer(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	job := func(id, program, consumer, srcConsumerID string) {
		b := beginRequest(id)
		b.Job.Program, b.Job.ExternalConsumerID = program, consumer
		f := result(begin(t, d.Store, b), "enrolled", store.StatusEnrolled)
		f.SrcConsumerID = srcConsumerID
		finish(t, d.Store, f)
	}
	job("first", "acme", "c-1", "src-1")
	job("second", "acme", "c-1", "src-2")
	job("without", "acme", "c-1", "")
	job("theirs", "globex", "c-2", "src-3")

	card, found, err := d.FindConsumer(t.Context(), "acme", "c-1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "second", card.JobID)
	require.Equal(t, "src-2", card.SrcConsumerID)

	_, found, err = d.FindConsumer(t.Context(), "acme", "c-2")
	require.NoError(t, err)
	require.False(t, found)

	_, _, err = d.FindConsumer(t.Context(), "acme", "")
	require.ErrorIs(t, err, store.ErrRequest)
}

// There is no consumer to forget any more because an attempt before, whose answer was lost, has forgotten them.
func TestForgottenByAnAttemptBefore(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for name, c := range map[string]struct {
		operation, before string
		want              store.Status
	}{
		"forgotten by the attempt before":   {store.OperationForget, "unknown", store.StatusForgotten},
		"an attempt that was not made":      {store.OperationForget, "throttled", store.StatusNotEnrolled},
		"a card that was to be taken out":   {store.OperationUnenroll, "unknown", store.StatusNotEnrolled},
		"a consumer that was to be changed": {store.OperationUpdate, "unknown", store.StatusNotEnrolled},
	} {
		request := beginRequest(name)
		request.Job.Operation = c.operation

		finish(t, d.Store, result(begin(t, d.Store, request), c.before, store.StatusRetrying))

		last := result(begin(t, d.Store, request), "not_enrolled", store.StatusNotEnrolled)
		last.Failure = store.Failure{Source: "service", Reason: "NOT_FOUND"}
		finished := finish(t, d.Store, last)
		require.Equal(t, c.want, finished.Outcome.Status, name)
		require.Equal(t, c.want == store.StatusForgotten, finished.Outcome.Failure == store.Failure{}, name)
	}
}

// The answer of the attempt before came after its lease had ended, and says itself that it has forgotten them.
func TestForgottenByAnAttemptThatAnsweredLate(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	request := beginRequest("late")
	request.Job.Operation, request.Lease = store.OperationForget, time.Millisecond

	first := begin(t, d.Store, request)

	eventually.True(t, func() bool { // by Postgres' clock
		return value[bool](t, d, `SELECT lease_until < now() FROM enrollments WHERE job_id = 'late'`)
	}, time.Minute, time.Millisecond)

	request.Lease = time.Minute
	second := begin(t, d.Store, request)

	late, err := d.Finish(t.Context(), result(first, "forgotten", store.StatusForgotten))
	require.NoError(t, err)
	require.Equal(t, store.Fenced, late.Finished)

	finished := finish(t, d.Store, result(second, "not_enrolled", store.StatusNotEnrolled))
	require.Equal(t, store.StatusForgotten, finished.Outcome.Status)
}
