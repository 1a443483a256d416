package enroll_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// A worker that was forgotten when the intake key was replaced ends no job: it halts and says which key it lacks, and another
// worker that has the key takes them all. Before, 300 of 300 jobs were invalid within 70 ms.
func TestAWorkerWithoutTheIntakeKeyEndsNoJob(t *testing.T) {
	t.Parallel()

	const total = 300

	r := newRig(t)
	complete := r.config.Keys()
	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	for i := range total {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	r.config.Keys = func() *jobs.KeyRing { return other }
	forgotten := r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)
	require.Contains(t, pacer.State().Halted, r.intake.Kid, "it says which key is missing")
	require.Empty(t, r.outcomes)

	r.config.Name, r.config.Keys = "worker-2", func() *jobs.KeyRing { return complete }
	good := r.start()

	for range total {
		outcome := r.outcome()
		require.Equal(t, "enrolled", outcome.Status, "%+v", outcome)
		require.Equal(t, 1, outcome.Attempts)
	}

	forgotten()
	good()
	r.drained()
	require.Empty(t, r.letters())
}

// A key that comes late, without a restart, ends the halt by itself.
func TestAnIntakeKeyThatComesLate(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	keys := newRotatingKeys(t, r)
	both := keys.ring.Load()
	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)
	keys.ring.Store(other)

	for i := range 20 {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)

	keys.ring.Store(both)

	for range 20 {
		require.Equal(t, "enrolled", r.outcome().Status)
	}

	stop()
	r.drained()
}

// A publisher that seals for a key nobody has holds up nobody else, and its jobs end when they are older than max_age.
func TestJobsForAKeyThatNobodyHas(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	program := r.config.Programs["demo"]
	program.MaxAge = enroll.Duration(2 * time.Second)
	r.config.Programs["demo"] = program

	foreign, err := jobs.NewSealer(parts.IntakeKey(t).Public(), nil)
	require.NoError(t, err)

	for i := range 5 {
		job, err := foreign.Seal(jobs.Job{ID: fmt.Sprintf("foreign-%d", i), Program: "demo"}, parts.Payload(sandbox.PAN(0, 100+i)))
		require.NoError(t, err)
		_, err = r.publisher.Publish(t.Context(), job)
		require.NoError(t, err)
	}

	for i := range 100 {
		r.publish(fmt.Sprintf("good-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()
	outcomes := r.outcomesOf(105)
	stop()
	r.drained()

	for i := range 100 {
		require.Equal(t, "enrolled", outcomes[fmt.Sprintf("good-%d", i)].Status)
	}

	for i := range 5 {
		outcome := outcomes[fmt.Sprintf("foreign-%d", i)]
		require.Equal(t, "invalid", outcome.Status)
		require.Equal(t, "UNKNOWN_KID", outcome.Error.Reason)
		require.Zero(t, outcome.Attempts)
		require.GreaterOrEqual(t, outcome.CompletedAt.Sub(r.row(outcome.ID).FirstSeenAt), 2*time.Second)
	}

	require.Len(t, r.letters(), 5)
}

// A job that waits for a key shows in the table, with the reason.
func TestAJobThatWaitsForAKeyHasARow(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	r.config.Keys = func() *jobs.KeyRing { return other }
	r.publish("job", sandbox.PAN(0, 1))

	stop := r.start()
	eventually.True(t, func() bool { return r.log.Contains("HALTED") }, patience, time.Millisecond)
	stop()

	row := r.row("job")
	require.Equal(t, store.StatusRetrying, row.Status)
	require.Equal(t, "UNKNOWN_KID", row.Failure.Reason)
	require.Zero(t, row.Attempts)
}

// A worker that lacks the HMAC key of a row cannot tell whether a job published again is the same: it says so and waits for
// one that can. Before, the job ended as a conflict.
func TestAWorkerWithoutTheHMACKeyMakesNoConflict(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	card := sandbox.PAN(0, 1)
	r.publish("job", card)

	stop := r.start()
	r.outcome()
	stop()

	complete := r.config.HMACKeys()
	r.config.HMACKeys = hmacKeys(parts.HMACKey(t))
	again, err := r.seal("job", card).Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", again)

	stop = r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)
	require.Contains(t, pacer.State().Halted, complete[0].Kid)
	require.Empty(t, r.outcomes)
	stop()

	r.config.HMACKeys = hmacKeys(complete...)
	stop = r.start()
	outcome := r.outcome()
	require.Equal(t, "enrolled", outcome.Status)
	require.Equal(t, "job", outcome.ID)
	stop()
	r.drained()
}

// How old a job is that cannot be compared is for Postgres' clock to say. Before, the queue's clock that was put forward ended it
// as a conflict, and so would Postgres' alone.
func TestAJobThatCannotBeComparedEndsByPostgresClock(t *testing.T) {
	t.Parallel()

	const jump = 2 * time.Hour // the program's max_age is one

	r := newRig(t)
	card := sandbox.PAN(0, 1)
	r.publish("job", card)

	stop := r.start()
	r.outcome()
	stop()

	complete := r.config.HMACKeys()
	r.config.HMACKeys = hmacKeys(parts.HMACKey(t))
	again, err := r.seal("job", card).Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", again)

	met := func(queue, postgres time.Duration) {
		r.config.QueueNow = func() time.Time { return time.Now().Add(queue) }
		r.skew(postgres)

		stop := r.start()
		defer stop()

		eventually.True(t, func() bool { return r.config.Pacers["demo"].State().Halted != "" }, patience, time.Millisecond)
		require.Empty(t, r.outcomes, "queue ahead by %s, Postgres by %s", queue, postgres)
	}

	met(jump, 0)
	met(0, jump)

	r.config.QueueNow = func() time.Time { return time.Now().Add(jump) } // both: the time has passed
	stop = r.start()
	outcome := r.outcome()
	stop()

	require.Equal(t, "conflict", outcome.Status)
	r.drained()

	r.skew(0)
	r.config.HMACKeys = hmacKeys(complete...)
	require.Equal(t, store.StatusEnrolled, r.row("job").Status)
}

// Publishers whose kids are all made up halt the program once, and not again and again, as long as other jobs come.
func TestMadeUpKidsHoldUpNobodyForLong(t *testing.T) {
	t.Parallel()

	const each = 60

	r := newRig(t)

	for i := range each {
		foreign, err := jobs.NewSealer(parts.IntakeKey(t).Public(), nil)
		require.NoError(t, err)
		job, err := foreign.Seal(jobs.Job{ID: fmt.Sprintf("foreign-%d", i), Program: "demo"}, parts.Payload(sandbox.PAN(0, 1000+i)))
		require.NoError(t, err)
		_, err = r.publisher.Publish(t.Context(), job)
		require.NoError(t, err)
		r.publish(fmt.Sprintf("good-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()

	for range each {
		require.Equal(t, "enrolled", r.outcome().Status)
	}

	stop()

	halts := strings.Count(r.log.String(), "HALTED")
	require.LessOrEqual(t, halts, each/6, "a few when many of them come before the claim of a good one is through: %s", r.log)
}

// Canceling the batch is the way to be rid of jobs that were sealed for a wrong key.
func TestJobsForAKeyThatNobodyHasAreCanceled(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	foreign, err := jobs.NewSealer(parts.IntakeKey(t).Public(), nil)
	require.NoError(t, err)

	publish := func(id string) {
		job, err := foreign.Seal(jobs.Job{ID: id, Program: "demo", Batch: "b1"}, parts.Payload(sandbox.PAN(0, 1)))
		require.NoError(t, err)
		_, err = r.publisher.Publish(t.Context(), job)
		require.NoError(t, err)
	}

	publish("seen")

	stop := r.start()
	r.retrying("seen")

	_, err = r.store.CancelBatch(t.Context(), "b1", "ana@desk", "wrong key")
	require.NoError(t, err)
	publish("unseen")

	outcomes := r.outcomesOf(2)
	require.Equal(t, "canceled", outcomes["seen"].Status)
	require.Equal(t, "canceled", outcomes["unseen"].Status)
	stop()
	r.drained()
}
