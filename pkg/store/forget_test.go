package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// ofConsumer is a job about consumer c-1, which the queue took so many seconds after the others.
func ofConsumer(id, operation string, seconds int) store.BeginRequest {
	r := beginRequest(id)
	r.Job.Operation, r.Job.ExternalConsumerID, r.Ordered = operation, "c-1", true
	r.Job.QueuedAt = time.Date(2026, 6, 1, 12, 0, seconds, 0, time.UTC)

	if operation == store.OperationForget {
		r.Job.Subject = "consumer/src-1"
	}

	return r
}

// consumerTest asks about jobs of one consumer.
type consumerTest struct {
	*database

	t *testing.T
}

func newConsumerTest(t *testing.T) consumerTest {
	t.Helper()

	return consumerTest{newDatabase(t, store.Options{}), t}
}

func (c consumerTest) decides(want store.Decision, r store.BeginRequest) {
	c.t.Helper()

	claim, err := c.Begin(c.t.Context(), r)
	require.NoError(c.t, err)
	require.Equal(c.t, want, claim.Decision)
}

func TestAJobThatForgetsWaitsForEnrollmentsThatHaveBegun(t *testing.T) {
	t.Parallel()

	forget := func() store.BeginRequest { return ofConsumer("forget", store.OperationForget, 2) }

	for status, c := range map[store.Status]struct {
		verdict string
		want    store.Decision
	}{
		store.StatusRetrying:        {"retry", store.Waiting},
		store.StatusPending:         {"halted", store.Waiting},
		store.StatusSubmitted:       {"submitted", store.Waiting},
		store.StatusEnrolled:        {"enrolled", store.Begun},
		store.StatusAlreadyEnrolled: {"already_enrolled", store.Begun},
		store.StatusRejected:        {"rejected", store.Begun},
		store.StatusInDoubt:         {"unknown", store.Begun},
	} {
		for _, operation := range []string{store.OperationEnroll, store.OperationPush} {
			t.Run(operation+" "+string(status), func(t *testing.T) {
				t.Parallel()

				c2 := newConsumerTest(t)
				claim := begin(t, c2.Store, ofConsumer("enroll", operation, 1))
				c2.decides(store.Waiting, forget())

				unordered := forget()
				unordered.Job.ID, unordered.Ordered, unordered.Job.Subject = "unordered", false, "consumer/src-2"
				c2.decides(store.Begun, unordered)

				other := ofConsumer("other", store.OperationForget, 2)
				other.Job.ExternalConsumerID, other.Job.Subject = "c-2", "consumer/src-3"
				c2.decides(store.Begun, other)

				finished := result(claim, c.verdict, status)
				if status == store.StatusSubmitted {
					finished.APIBatchID = "b-1"
				}

				finish(t, c2.Store, finished)
				c2.decides(c.want, forget())
			})
		}
	}
}

// One that names nobody yet does not end either, as long as somebody may be enrolled.
func TestAJobThatForgetsNobodyWaitsLikewise(t *testing.T) {
	t.Parallel()

	c := newConsumerTest(t)
	claim := begin(t, c.Store, ofConsumer("enroll", store.OperationEnroll, 1))
	job := ofConsumer("forget", store.OperationForget, 2).Job
	job.Subject = ""

	end := func(nobody bool) store.Decision {
		ended, err := c.End(t.Context(), store.EndRequest{Job: job, Status: store.StatusNotEnrolled, Nobody: nobody})
		require.NoError(t, err)

		return ended.Decision
	}

	require.Equal(t, store.Waiting, end(true))
	_, found, err := c.Outcome(t.Context(), "forget")
	require.NoError(t, err)
	require.False(t, found, "one that waits has no row")

	finish(t, c.Store, result(claim, "rejected", store.StatusRejected))
	require.Equal(t, store.Ended, end(true))
	require.Equal(t, store.Final, end(true))

	c.decides(store.Superseded, ofConsumer("late", store.OperationEnroll, 1))
}

// It looked before it came to its end: who was enrolled in between has to be found.
func TestAJobThatForgetsNobodyLooksAgainWhereSomebodyWasEnrolledMeanwhile(t *testing.T) {
	t.Parallel()

	for told, want := range map[string]store.Decision{"src-1": store.Waiting, "": store.Ended} {
		t.Run("told "+told, func(t *testing.T) {
			t.Parallel()

			c := newConsumerTest(t)
			enrolled := result(begin(t, c.Store, ofConsumer("enroll", store.OperationEnroll, 1)), "enrolled", store.StatusEnrolled)
			enrolled.SrcConsumerID = told
			finish(t, c.Store, enrolled)

			ended, err := c.End(t.Context(), store.EndRequest{
				Job: ofConsumer("forget", store.OperationForget, 2).Job, Status: store.StatusNotEnrolled, Nobody: true,
			})
			require.NoError(t, err)
			require.Equal(t, want, ended.Decision)
		})
	}
}

func TestAnEnrollmentIsNotBegunAfterALaterJobHasForgottenTheConsumer(t *testing.T) {
	t.Parallel()

	for status, c := range map[store.Status]struct {
		verdict string
		want    store.Decision
	}{
		store.StatusForgotten:   {"forgotten", store.Superseded},
		store.StatusNotEnrolled: {"not_enrolled", store.Superseded},
		store.StatusInDoubt:     {"unknown", store.Superseded},
		store.StatusRejected:    {"rejected", store.Begun},
		store.StatusRetrying:    {"retry", store.Begun},
		store.StatusDead:        {"retry", store.Begun},
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()

			c2 := newConsumerTest(t)
			forget := begin(t, c2.Store, ofConsumer("forget", store.OperationForget, 2))

			for _, seconds := range []int{1, 3} {
				c2.decides(store.Waiting, ofConsumer(fmt.Sprintf("enroll-%d", seconds), store.OperationEnroll, seconds))
			}

			finish(t, c2.Store, result(forget, c.verdict, status))
			c2.decides(c.want, ofConsumer("enroll-1", store.OperationEnroll, 1))
			c2.decides(c.want, ofConsumer("push-1", store.OperationPush, 1))
			c2.decides(store.Begun, ofConsumer("enroll-3", store.OperationEnroll, 3))

			free := ofConsumer("free", store.OperationEnroll, 1)
			free.Ordered = false
			c2.decides(store.Begun, free)

			unenroll := ofConsumer("out", store.OperationUnenroll, 1)
			c2.decides(store.Begun, unenroll)
		})
	}
}

// A lease that has ended holds nobody up, and neither does a job that has a row and is tried again.
func TestAnEnrollmentThatHasBegunIsTriedAgain(t *testing.T) {
	t.Parallel()

	c := newConsumerTest(t)
	enroll := begin(t, c.Store, ofConsumer("enroll", store.OperationEnroll, 3))
	finish(t, c.Store, result(enroll, "enrolled", store.StatusEnrolled))

	dying := ofConsumer("forget", store.OperationForget, 4)
	dying.Lease = time.Millisecond
	begin(t, c.Store, dying)

	eventually.True(t, func() bool { // by Postgres' clock
		return value[bool](t, c.database, `SELECT lease_until < now() FROM enrollments WHERE job_id = 'forget'`)
	}, time.Minute, time.Millisecond)

	again := begin(t, c.Store, ofConsumer("again", store.OperationEnroll, 5))
	finish(t, c.Store, result(again, "retry", store.StatusRetrying))
	c.decides(store.Begun, ofConsumer("again", store.OperationEnroll, 1))
}

// Asked at once, in one transaction or in several, an enrollment and a job that forgets are never both begun.
func TestEnrollmentsAndForgettingAreNeverBegunTogether(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for round := range 20 {
		var (
			all   sync.WaitGroup
			mu    sync.Mutex
			begun []string
		)

		for i := range 6 {
			operation := store.OperationEnroll
			if i%3 == 0 {
				operation = store.OperationForget
			}

			all.Go(func() {
				r := ofConsumer(fmt.Sprintf("%s-%d-%d", operation, round, i), operation, i)
				r.Job.ExternalConsumerID = fmt.Sprintf("c-%d", round)

				if operation == store.OperationForget {
					r.Job.Subject = fmt.Sprintf("consumer/%d/%d", round, i)
				}

				claim, err := d.Begin(t.Context(), r)
				if err != nil {
					t.Error(err)
				}

				if claim.Decision == store.Begun {
					mu.Lock()
					defer mu.Unlock()

					begun = append(begun, operation)
				}
			})
		}

		all.Wait()
		require.False(t, strings.Contains(strings.Join(begun, " "), store.OperationEnroll) &&
			strings.Contains(strings.Join(begun, " "), store.OperationForget), "%v", begun)
	}
}

func TestFindConsumers(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for i, told := range []string{"src-1", "src-2", "", "src-1", "src-3"} {
		b := beginRequest(fmt.Sprintf("job-%d", i))
		b.Job.ExternalConsumerID = "c-1"

		if i == 4 {
			b.Job.Program = "globex"
		}

		f := result(begin(t, d.Store, b), "enrolled", store.StatusEnrolled)
		f.SrcConsumerID, f.SrcFlowID = told, fmt.Sprintf("flow.%d", i)
		finish(t, d.Store, f)
	}

	found, err := d.FindConsumers(t.Context(), "acme", "c-1")
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []string{"job-3", "src-1", "flow.3"}, []string{found[0].JobID, found[0].SrcConsumerID, found[0].SrcFlowID})
	require.Equal(t, []string{"job-1", "src-2", "flow.1"}, []string{found[1].JobID, found[1].SrcConsumerID, found[1].SrcFlowID})

	found, err = d.FindConsumers(t.Context(), "acme", "c-2")
	require.NoError(t, err)
	require.Empty(t, found)

	_, err = d.FindConsumers(t.Context(), "acme", "")
	require.ErrorIs(t, err, store.ErrRequest)
}

// The row says how many consumers are gone, and an attempt that has deleted some says so itself.
func TestARowSaysHowManyConsumersAreGone(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	request := beginRequest("forget")
	request.Job.Operation = store.OperationForget

	first := result(begin(t, d.Store, request), "forgotten", store.StatusRetrying)
	first.Consumers = 1
	finish(t, d.Store, first)

	last := result(begin(t, d.Store, request), "not_enrolled", store.StatusNotEnrolled)
	last.Consumers = 2
	finished := finish(t, d.Store, last)
	require.Equal(t, store.StatusForgotten, finished.Outcome.Status)
	require.Equal(t, 2, finished.Outcome.Consumers)

	row, _, err := d.Outcome(t.Context(), "forget")
	require.NoError(t, err)
	require.Equal(t, 2, row.Consumers)

	nobody := request
	nobody.Job = newJob("nobody")
	nobody.Job.Operation = store.OperationForget
	last = result(begin(t, d.Store, nobody), "not_enrolled", store.StatusNotEnrolled)
	last.Consumers = 2
	require.Zero(t, finish(t, d.Store, last).Outcome.Consumers)
}

// An enrollment that was given up is sent again by an operator, and not past a job that has forgotten its consumer since: it was
// published before that.
func TestAnEnrollmentThatIsRedrivenIsNotBegunAfterItsConsumerWasForgotten(t *testing.T) {
	t.Parallel()

	redriven := func(t *testing.T, c consumerTest, verdict string, status store.Status) {
		t.Helper()

		finish(t, c.Store, result(begin(t, c.Store, ofConsumer("enroll", store.OperationEnroll, 1)), verdict, status))

		forgotten := result(begin(t, c.Store, ofConsumer("forget", store.OperationForget, 2)), "forgotten", store.StatusForgotten)
		finish(t, c.Store, forgotten)

		ruled, err := c.Redrive(t.Context(), store.RedriveRequest{JobID: "enroll"})
		require.NoError(t, err)
		require.Equal(t, store.Applied, ruled.Effect)
	}
	again := ofConsumer("enroll", store.OperationEnroll, 9) // the message of the redrive

	t.Run("one that had no effect", func(t *testing.T) {
		t.Parallel()

		c := newConsumerTest(t)
		redriven(t, c, "retry", store.StatusDead)
		c.decides(store.Superseded, again)

		ended, err := c.End(t.Context(), store.EndRequest{Job: again.Job, Status: store.StatusSuperseded})
		require.NoError(t, err)
		require.Equal(t, store.StatusSuperseded, ended.Outcome.Status)
	})

	// Whom it may have enrolled was not known to the job that forgets.
	t.Run("one that may have had one", func(t *testing.T) {
		t.Parallel()

		c := newConsumerTest(t)
		redriven(t, c, "unknown", store.StatusInDoubt)
		c.decides(store.Superseded, again)

		ended, err := c.End(t.Context(), store.EndRequest{Job: again.Job, Status: store.StatusSuperseded})
		require.NoError(t, err)
		require.Equal(t, store.StatusInDoubt, ended.Outcome.Status)
	})

	t.Run("one that was published after it", func(t *testing.T) {
		t.Parallel()

		c := newConsumerTest(t)
		finish(t, c.Store, result(begin(t, c.Store, ofConsumer("forget", store.OperationForget, 2)), "forgotten", store.StatusForgotten))
		finish(t, c.Store, result(begin(t, c.Store, ofConsumer("enroll", store.OperationEnroll, 3)), "retry", store.StatusRetrying))
		c.decides(store.Begun, ofConsumer("enroll", store.OperationEnroll, 1))
	})
}
