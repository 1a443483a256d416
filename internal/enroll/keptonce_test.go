package enroll_test

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// lateKey is a rig whose worker lacks the intake key until it comes.
type lateKey struct {
	*rig

	ring     atomic.Pointer[jobs.KeyRing]
	complete *jobs.KeyRing
	patterns map[string]string // what must be in no file at the end, by name
}

func newLateKey(t *testing.T) *lateKey {
	t.Helper()

	k := &lateKey{rig: newRig(t), patterns: map[string]string{}}
	mine := parts.IntakeKey(t)

	lacking, err := jobs.NewKeyRing(mine)
	require.NoError(t, err)
	k.complete, err = jobs.NewKeyRing(mine, k.intake)
	require.NoError(t, err)

	k.ring.Store(lacking)
	k.config.Keys = k.ring.Load

	// The lane of a program whose worker is away keeps the files of the queue, in which all stands that was not overwritten.
	_, err = jobs.Ensure(t.Context(), k.js, jobs.Topology{Programs: []string{"waits"}})
	require.NoError(t, err)
	k.publishRaw(jobs.Subject("waits"), []byte("{}"))

	other := nats.NewMsg(jobs.RetrySubject("waits", "other"))
	other.Header.Set("Nats-Schedule", "@at "+time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	other.Header.Set("Nats-Schedule-Target", jobs.DueSubject("waits"))
	_, err = k.js.PublishMsg(t.Context(), other)
	require.NoError(t, err)

	return k
}

// coded publishes a job with a security code in its seal.
func (k *lateKey) coded(id string) (body []byte) {
	k.t.Helper()

	clear := strings.Replace(string(parts.Payload(sandbox.PAN(0, 1)).Reveal()), `"card":{`, `"card":{"cvc":"123",`, 1)
	members := k.members(id, sandbox.PAN(0, 1))
	sealed := sealText(k.t, k.intake, clear)
	members["sealed"] = sealed

	body, err := json.Marshal(members)
	require.NoError(k.t, err)
	k.publishRaw(jobs.Subject("demo"), body)

	_, ciphertext, _ := strings.Cut(sealed, ".")
	k.patterns[id+": its seal"] = ciphertext[len(ciphertext)/2:]

	return body
}

// reminded waits until a job has been tried some times.
func (k *lateKey) reminded(id string, times uint64) {
	k.t.Helper()

	stream, err := k.js.Stream(k.t.Context(), jobs.StreamRetry)
	require.NoError(k.t, err)

	seen := map[uint64]bool{}

	eventually.True(k.t, func() bool {
		msg, err := stream.GetLastMsgForSubject(k.t.Context(), jobs.ReminderSubject("demo", id))
		if err == nil {
			seen[msg.Sequence] = true
		}

		return uint64(len(seen)) >= times
	}, patience, time.Millisecond)
}

// A job that waited for its key round after round, and turns out to hold a security code, is in no file of the queue.
func TestAJobThatWaitedForItsKeyLeavesNoCopy(t *testing.T) {
	t.Parallel()

	k := newLateKey(t)
	k.coded("code")

	stop := k.start()
	k.reminded("code", 4)

	require.Equal(t, uint64(1), k.scheduled("code"), "it is kept once")
	require.Equal(t, store.StatusRetrying, k.row("code").Status)

	k.ring.Store(k.complete)
	require.Equal(t, "SECURITY_CODE", k.outcome().Error.Reason)
	stop()
	k.drained()

	require.Empty(t, k.letters())
	k.requireInNoFile(k.patterns)
}

// The same for one that had a letter meanwhile, as it waited for longer than max_age, and was sent again.
func TestAJobThatWaitedForItsKeyAndWasRedrivenLeavesNoCopy(t *testing.T) {
	t.Parallel()

	k := newLateKey(t)
	k.setProgram(func(p *enroll.Program) { p.MaxAge = enroll.Duration(time.Second) })
	k.coded("code")

	stop := k.start()
	require.Equal(t, "UNKNOWN_KID", k.outcome().Error.Reason)
	stop()
	k.drained()
	require.Len(t, k.letters(), 1)

	_, err := k.store.Redrive(t.Context(), store.RedriveRequest{JobID: "code"})
	require.NoError(t, err)

	again, err := k.letters()[0].Job.Encode()
	require.NoError(t, err)
	k.publishRaw(jobs.Subject("demo"), again)

	k.ring.Store(k.complete)

	stop = k.start()
	require.Equal(t, "SECURITY_CODE", k.outcome().Error.Reason)
	stop()
	k.drained()

	require.Empty(t, k.letters())
	k.requireInNoFile(k.patterns)
}

// What waits for its key goes on once that comes, whatever happened meanwhile, and leaves nothing in the queue.
func TestAJobThatWaitedForItsKeyIsEnrolled(t *testing.T) {
	t.Parallel()

	for name, meanwhile := range map[string]func(k *lateKey, body []byte){
		"by its reminder": func(*lateKey, []byte) {},
		"published again while it waits": func(k *lateKey, body []byte) {
			k.publishRaw(jobs.Subject("demo"), body)
		},
		"after its reminder was lost": func(k *lateKey, _ []byte) {
			k.lose(jobs.ReminderSubject("demo", "job"))
			k.exec(`UPDATE enrollments SET updated_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 hour'`)

			_, err := enroll.NewSweeper(k.js, k.store, enroll.SweepOptions{}).Sweep(k.t.Context())
			require.NoError(k.t, err)
		},
		"after a worker of the version before took it": func(k *lateKey, body []byte) {
			k.scheduleCopy("job", body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			k := newLateKey(t)
			card := sandbox.PAN(0, 1)
			body, err := k.publish("job", card).Encode()
			require.NoError(t, err)

			stop := k.start()
			k.reminded("job", 2)
			stop()

			meanwhile(k, body)

			k.ring.Store(k.complete)

			stop = k.start()
			require.Equal(t, "enrolled", k.outcome().Status)
			k.drained() // its reminder may come later
			stop()
			require.Equal(t, 1, k.sandbox.Ledger().Effects(card))
		})
	}
}

// A reminder of a message that is gone ends, after somebody who keeps one just now has had time for it.
func TestAReminderOfNothingEnds(t *testing.T) {
	t.Parallel()

	k := newLateKey(t)
	message, err := jobs.Reminder{Program: "demo", ID: "gone"}.Encode()
	require.NoError(t, err)

	message.Subject = jobs.DueSubject("demo")
	_, err = k.js.PublishMsg(t.Context(), message)
	require.NoError(t, err)

	k.publish("job", sandbox.PAN(0, 1))
	k.ring.Store(k.complete)

	stop := k.start()
	require.Equal(t, "enrolled", k.outcome().Status)
	k.drained()
	stop()
}

// lose has the server forget what stands on a subject.
func (k *lateKey) lose(subject string) {
	k.t.Helper()

	stream, err := k.js.Stream(k.t.Context(), jobs.StreamRetry)
	require.NoError(k.t, err)
	require.NoError(k.t, stream.Purge(k.t.Context(), jetstream.WithPurgeSubject(subject)))
}

// scheduleCopy does as earlier versions do: the whole message is scheduled.
func (k *lateKey) scheduleCopy(id string, body []byte) {
	k.t.Helper()

	message := nats.NewMsg(jobs.RetrySubject("demo", id))
	message.Data = body
	message.Header.Set("Nats-Schedule", "@at "+time.Now().UTC().Format(time.RFC3339))
	message.Header.Set("Nats-Schedule-Target", jobs.DueSubject("demo"))

	_, err := k.js.PublishMsg(k.t.Context(), message)
	require.NoError(k.t, err)
}

// drained waits until nothing of the program is left in the queue.
func (k *lateKey) drained() {
	k.t.Helper()

	left := func(name, filter string) int {
		stream, err := k.js.Stream(k.t.Context(), name)
		require.NoError(k.t, err)
		info, err := stream.Info(k.t.Context(), jetstream.WithSubjectFilter(filter))
		require.NoError(k.t, err)

		return len(info.State.Subjects)
	}

	eventually.True(k.t, func() bool {
		return left(jobs.StreamJobs, jobs.Subject("demo"))+left(jobs.StreamRetry, jobs.DueSubject("demo"))+
			left(jobs.StreamRetry, jobs.RetrySubject("demo", "*")) == 0
	}, patience, time.Millisecond)
}
