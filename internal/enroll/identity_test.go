package enroll_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// identifyBy sets how the program identifies consumers, of the worker that is started next.
func (r *rig) identifyBy(identity string) {
	program := r.config.Programs["demo"]
	program.ConsumerIdentity = identity
	r.config.Programs["demo"] = program
}

// publishIdentified publishes a job with a key of its own for the consumer, or "" for none.
func (r *rig) publishIdentified(id, number, consumer string) {
	r.t.Helper()

	job, err := r.sealer.Seal(jobs.Job{ID: id, Program: "demo", ExternalConsumerID: consumer}, parts.Payload(number))
	require.NoError(r.t, err)
	_, err = r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// A setting of the program that its jobs do not fit ends none of them: the program halts and says which setting it is. Before,
// all of them were invalid.
func TestAWrongConsumerIdentityEndsNoJob(t *testing.T) {
	t.Parallel()

	const total = 100

	r := newRig(t)
	for i := range total {
		r.publishIdentified(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i), "")
	}

	r.identifyBy("EXTERNAL_ACCOUNT_ID")
	stop := r.start()
	pacer := r.config.Pacers["demo"]
	eventually.True(t, func() bool { return pacer.State().Halted != "" }, patience, time.Millisecond)
	stop()

	require.Contains(t, pacer.State().Halted, "NO_IDENTITY: external_consumer_id is missing")
	require.Contains(t, pacer.State().Advice, "consumer_identity")
	require.Empty(t, r.outcomes)

	waiting := r.row("job-0")
	require.Equal(t, store.StatusRetrying, waiting.Status)
	require.Zero(t, waiting.Attempts)

	r.identifyBy("EMAIL_ADDRESS")
	stop = r.start()

	for id, outcome := range r.outcomesOf(total) {
		require.Equal(t, "enrolled", outcome.Status, id)
		require.Equal(t, 1, outcome.Attempts, id)
	}

	stop()
	r.drained()
	require.Empty(t, r.letters())
}

// A job that lacks what the others have is wrong itself: it ends alone, also when it came first, and stops nobody.
func TestAJobWithoutTheIdentityOfItsConsumerEndsAlone(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.identifyBy("EXTERNAL_ACCOUNT_ID")

	stop := r.start()
	r.publishIdentified("first", sandbox.PAN(0, 100), "")
	r.retrying("first")

	for i := range 20 {
		r.publishIdentified(fmt.Sprintf("good-%d", i), sandbox.PAN(0, i), fmt.Sprintf("consumer-%d", i))
	}

	outcomes := r.outcomesOf(21)

	r.publishIdentified("later", sandbox.PAN(0, 101), "")
	outcomes["later"] = r.outcome()

	stop()
	r.drained()

	for _, id := range []string{"first", "later"} {
		require.Equal(t, "invalid", outcomes[id].Status, id)
		require.Equal(t, "NO_IDENTITY", outcomes[id].Error.Reason, id)
		require.Equal(t, "external_consumer_id", outcomes[id].Error.Field, id)
		require.Zero(t, outcomes[id].Attempts, id)
	}

	for i := range 20 {
		require.Equal(t, "enrolled", outcomes[fmt.Sprintf("good-%d", i)].Status)
	}

	require.Len(t, r.letters(), 2)
	require.NotContains(t, r.log.String(), "HALTED")
}
