package enroll_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
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

// What is not sent of a canceled batch ends without a call, what is in flight is finished, and jobs of no batch go on.
func TestACanceledBatchIsNotSent(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	// One call is under way while its batch is canceled, another job waits for its next attempt.
	var calls atomic.Int64

	arrived, goOn := make(chan struct{}), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case 2:
			close(arrived)
			<-goOn
		default:
		}

		r.sandbox.ServeHTTP(w, q)
	}))
	t.Cleanup(api.Close)

	r.api.BaseURL = api.URL + sandbox.BasePath
	r.patientRetries(3 * time.Second)

	stop := r.start()

	r.publish("waits", sandbox.PAN(0, 1))
	r.retrying("waits")

	r.publish("in-flight", sandbox.PAN(0, 2))
	<-arrived

	_, err := r.store.CancelBatch(t.Context(), "b1", "ana@desk", "wrong file")
	require.NoError(t, err)
	close(goOn)

	for i, id := range []string{"queued-1", "queued-2"} {
		r.publish(id, sandbox.PAN(0, 10+i))
	}

	other, err := r.sealer.Seal(jobs.Job{ID: "other", Program: "demo"}, parts.Payload(sandbox.PAN(0, 3)))
	require.NoError(t, err)
	_, err = r.publisher.Publish(t.Context(), other)
	require.NoError(t, err)

	outcomes := r.outcomesOf(5)
	require.EqualValues(t, 3, calls.Load())

	for id, want := range map[string]struct {
		status   string
		attempts int
	}{
		"waits": {"canceled", 1}, "in-flight": {"enrolled", 1}, "queued-1": {"canceled", 0}, "queued-2": {"canceled", 0}, "other": {"enrolled", 1},
	} {
		require.Equal(t, want.status, outcomes[id].Status, id)
		require.Equal(t, want.attempts, outcomes[id].Attempts, id)

		if want.status == "canceled" {
			require.Equal(t, "operator", outcomes[id].Error.Source)
			require.Equal(t, "CANCELED", outcomes[id].Error.Reason)
			require.Contains(t, outcomes[id].Error.Message, "by ana@desk: wrong file")
		}
	}

	require.Empty(t, r.letters(), "an operator's word needs no letter")
	stop()
	r.drained()
}

// Where an answer was lost, the card may be enrolled: that it was not sent is nothing to tell anybody.
func TestACanceledJobWhoseAnswerWasLostIsInDoubt(t *testing.T) {
	t.Parallel()

	const answerLostOnce = 70

	r := newRig(t)
	r.patientRetries(3 * time.Second)
	r.start()
	r.publish("lost", sandbox.PAN(answerLostOnce, 1))
	r.retrying("lost")

	_, err := r.store.CancelBatch(t.Context(), "b1", "ana@desk", "")
	require.NoError(t, err)
	eventually.True(t, func() bool { return len(r.letters()) == 1 }, patience, 10*time.Millisecond)

	letter := r.letters()[0]
	require.Equal(t, "in_doubt", letter.Status)
	require.Equal(t, "RESULT_UNKNOWN", letter.Error.Detail)
	require.Equal(t, store.StatusInDoubt, r.row("lost").Status)
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Calls)
	require.Empty(t, r.outcomes, "nothing is settled")
}

// patientRetries has the next attempt of a job wait, so that something can happen before it.
func (r *rig) patientRetries(pause time.Duration) {
	program := r.config.Programs["demo"]
	program.Backoff.Base, program.Backoff.Cap = pause, pause
	r.config.Programs = map[string]enroll.Program{"demo": program}
}

// retrying waits until a job waits for its next attempt.
func (r *rig) retrying(id string) {
	r.t.Helper()

	eventually.True(r.t, func() bool {
		outcome, found, err := r.store.Outcome(r.t.Context(), id)
		return err == nil && found && outcome.Status == store.StatusRetrying
	}, patience, 10*time.Millisecond)
}
