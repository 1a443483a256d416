package enroll_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// leaveUnread leaves of a message what a version of the worker leaves that cannot read it: a row and a letter.
func (r *rig) leaveUnread(hmacKey enroll.HMACKey, key, id string, body []byte, failure store.Failure) {
	r.t.Helper()

	claim, err := r.store.End(r.t.Context(), store.EndRequest{
		Job:    store.Job{ID: key, Program: "demo", MessageDigest: enroll.DigestOfBroken(hmacKey, body)},
		Status: store.StatusInvalid, Failure: failure,
	})
	require.NoError(r.t, err)
	require.Equal(r.t, store.Ended, claim.Decision)

	wrapped, err := r.config.Keys().SealMessage(jobs.Job{ID: id, Program: "demo"}, body)
	require.NoError(r.t, err)

	letter, err := json.Marshal(jobs.DeadLetter{
		Schema: jobs.SchemaVersion, ID: key, Status: "invalid", Error: jobs.Failure(failure), DeadAt: claim.Outcome.CompletedAt, Job: wrapped,
	})
	require.NoError(r.t, err)
	r.publishRaw(jobs.DeadSubject("demo", key), letter)
}

// After an upgrade the workers can read what they could not: redriven, it goes on as what it is.
func TestAMessageThatCouldNotBeReadGoesOnAfterAnUpgrade(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	old, current := parts.HMACKey(t), parts.HMACKey(t)
	r.config.HMACKeys = hmacKeys(current, old) // replaced with the upgrade

	enrolling := r.seal("enrolling", sandbox.PAN(51, 1)) // fails at first, so that the job is retried
	enrolling.Batch, enrolling.ExternalCardID = "b1", "card-4711"
	body, err := enrolling.Encode()
	require.NoError(t, err)
	r.leaveUnread(old, "enrolling", "enrolling", body, store.Failure{Reason: "UNKNOWN_SCHEMA"})

	leaving, err := jobs.Job{ID: "leaving", Program: "demo", Operation: jobs.Unenroll, SrcDigitalCardID: "none"}.Encode()
	require.NoError(t, err)
	r.leaveUnread(old, "leaving", "leaving", leaving, store.Failure{Reason: "INVALID_FIELD"})

	nameless, err := r.seal("nameless", sandbox.PAN(0, 2)).Encode()
	require.NoError(t, err)
	r.leaveUnread(old, "~ENROLL_JOBS.9", "ENROLL_JOBS.9", nameless, store.Failure{Reason: "NOT_JSON"})
	r.leaveUnread(old, "~ENROLL_JOBS.10", "ENROLL_JOBS.10", []byte("still no JSON"), store.Failure{Reason: "NOT_JSON"})

	r.leaveUnread(old, "~ENROLL_JOBS.11", "ENROLL_JOBS.11", []byte("crash"), store.Failure{Reason: "WORKER_CRASH"})

	account, err := redrive.Run(t.Context(), r.js, r.store, redrive.Options{})
	require.NoError(t, err)
	require.Equal(t, 4, account.Redriven, "%+v: what ended workers has to be named", account)

	stop := r.start()
	outcomes := r.outcomesOf(5)
	stop()
	r.drained()

	require.Equal(t, "dead", outcomes["enrolling"].Status, "%+v", outcomes["enrolling"].Error)
	require.Equal(t, "card-4711", outcomes["enrolling"].ExternalCardID)
	require.Equal(t, "b1", outcomes["enrolling"].Batch)
	require.Equal(t, "not_enrolled", outcomes["leaving"].Status, "%+v", outcomes["leaving"].Error)
	require.Equal(t, jobs.Unenroll, outcomes["leaving"].Operation)
	require.Equal(t, "enrolled", outcomes["nameless"].Status)
	require.Equal(t, "canceled", outcomes["~ENROLL_JOBS.9"].Status)
	require.Equal(t, "READ_UNDER_ITS_ID", outcomes["~ENROLL_JOBS.9"].Error.Reason)
	require.Equal(t, "invalid", outcomes["~ENROLL_JOBS.10"].Status)

	require.Equal(t, "card-4711", r.row("enrolling").ExternalCardID)
	require.Equal(t, "unenroll", r.row("leaving").Operation)

	// The same words again, as they first came, are known for what they are.
	r.publishRaw("enroll.jobs.demo", leaving)

	stop = r.start()
	require.Equal(t, "not_enrolled", r.outcome().Status)
	stop()
}

// A worker that lacks the key of such a message leaves it for one that has it, and writes nothing.
func TestAWrappedMessageWaitsForItsKey(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	key := parts.HMACKey(t)
	r.config.HMACKeys = hmacKeys(key)
	complete := r.config.Keys

	body, err := r.seal("job", sandbox.PAN(0, 1)).Encode()
	require.NoError(t, err)
	r.leaveUnread(key, "job", "job", body, store.Failure{Reason: "UNKNOWN_SCHEMA"})
	_, err = redrive.Run(t.Context(), r.js, r.store, redrive.Options{})
	require.NoError(t, err)

	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	r.config.Keys = func() *jobs.KeyRing { return other }
	stop := r.start()
	eventually.True(t, func() bool { return r.config.Pacers["demo"].State().Halted != "" }, patience, time.Millisecond)
	stop()
	require.Equal(t, store.StatusPending, r.row("job").Status)

	r.config.Keys = complete
	stop = r.start()
	require.Equal(t, "enrolled", r.outcome().Status)
	stop()
	r.drained()
}
