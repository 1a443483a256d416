package enroll_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Cards enrolled in batches of a directory are named by the issuer's own keys from then on, as those of single calls are.
func TestTheBatchLaneInADirectory(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scenarios []int
		want      []store.Status
		attempts  []int
	}{
		"all are enrolled":          {[]int{0, 0, 0}, []store.Status{"enrolled", "enrolled", "enrolled"}, []int{1, 1, 1}},
		"a record is refused":       {[]int{0, 10, 0}, []store.Status{"enrolled", "rejected", "enrolled"}, []int{1, 1, 1}},
		"a batch is refused for it": {[]int{0, 15, 0}, []store.Status{"enrolled", "rejected", "enrolled"}, []int{1, 1, 1}},
		"the batch fails later":     {[]int{0, 45}, []store.Status{"enrolled", "rejected"}, []int{2, 2}},
		"a record is missing":       {[]int{0, 43}, []store.Status{"enrolled", "in_doubt"}, []int{1, 3}},
		"the answer is cut once":    {[]int{0, 48}, []store.Status{"enrolled", "enrolled"}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newDirectoryRig(t)
			r.batchLane()

			for i, scenario := range c.scenarios {
				r.publishWith(fmt.Sprintf("job-%d", i), sandbox.PAN(scenario, i+1), func(j *jobs.Job) {
					j.ExternalConsumerID, j.ExternalCardID = "c/1", fmt.Sprintf("k %d", i)
				})
			}

			api := &countedAPI{API: r.client()}
			stop := r.startWith(r.js, r.store, api)

			for i, want := range c.want {
				id := fmt.Sprintf("job-%d", i)
				r.stands(id, want)
				require.Equal(t, c.attempts[i], r.row(id).Attempts, id)
				require.Empty(t, r.row(id).SrcDigitalCardID, "the issuer's own keys name the card")
			}

			stop()
			r.drained()
			require.NotEmpty(t, api.batches)
		})
	}
}

// What was enrolled in a batch is changed and taken out through the same queue.
func TestACardOfADirectorysBatchHasALifeAfterIt(t *testing.T) {
	t.Parallel()

	r := newDirectoryRig(t)
	r.batchLane()

	stop := r.start()

	r.publishWith("in", sandbox.PAN(0, 1), func(j *jobs.Job) { j.ExternalConsumerID, j.ExternalCardID = "c/1", "k 1" })
	require.Equal(t, "enrolled", r.outcome().Status)

	r.change(own("address", "c/1", "k 1"), billingAddress("Brno"))
	require.Equal(t, "updated", r.outcome().Status)

	out := own("out", "c/1", "k 1")
	out.Operation = jobs.Unenroll
	r.send(out)
	require.Equal(t, "unenrolled", r.outcome().Status)

	r.forget(own("forget", "c/1", ""))
	require.Equal(t, "forgotten", r.outcome().Status)

	stop()
	r.drained()
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Forgotten)
}

// One that lacks a key of the directory's is refused before it is put into a batch, and the others go on.
func TestABatchOfADirectoryNeedsOwnKeys(t *testing.T) {
	t.Parallel()

	r := newDirectoryRig(t)
	r.batchLane(func(p *enroll.Program) { p.BatchRecords = 2 })

	for i := range 2 {
		r.publishWith(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i+1), func(j *jobs.Job) {
			j.ExternalConsumerID, j.ExternalCardID = "c", fmt.Sprintf("k-%d", i)
		})
	}

	r.publishWith("unnamed", sandbox.PAN(0, 9), func(j *jobs.Job) { j.ExternalConsumerID = "c" })

	stop := r.start()
	outcomes := r.outcomesOf(3)
	stop()
	r.drained()

	require.Equal(t, "enrolled", outcomes["job-0"].Status)
	require.Equal(t, "enrolled", outcomes["job-1"].Status)
	require.Equal(t, "invalid", outcomes["unnamed"].Status)
	require.Equal(t, "external_card_id", outcomes["unnamed"].Error.Field)
}
