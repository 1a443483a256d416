package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// The flow id of the last answer that had one goes out with the next call, whatever came between.
func TestFlowID(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	answered := func(j jobTest, flow string) { // and to be tried again
		j.finish("retry", store.StatusRetrying, func(r *store.FinishRequest) { r.SrcFlowID = flow })
	}

	for id, c := range map[string]struct {
		history func(jobTest)
		want    string
	}{
		"no answer yet":         {func(jobTest) {}, ""},
		"an answer without one": {func(j jobTest) { answered(j, "") }, ""},
		"one answer":            {func(j jobTest) { answered(j, "flow-1.dc#2") }, "flow-1.dc#2"},
		"the later answer wins": {
			func(j jobTest) {
				answered(j, "flow-1")
				answered(j, "flow-2")
			},
			"flow-2",
		},
		"an answer without one keeps it": {
			func(j jobTest) {
				answered(j, "flow-1")
				answered(j, "")
			},
			"flow-1",
		},
		"a lease that ran out keeps it": {
			func(j jobTest) {
				answered(j, "flow-1")
				j.deadLease()
			},
			"flow-1",
		},
		"handed back": {
			func(j jobTest) {
				j.finish("halted", store.StatusPending, func(r *store.FinishRequest) { r.SrcFlowID, r.Refund = "flow-1", true })
			},
			"flow-1",
		},
		"a late answer changes nothing": {
			func(j jobTest) {
				late := result(j.deadLease(), "retry", store.StatusRetrying)
				late.SrcFlowID = "late"

				answered(j, "flow-2")

				finished, err := j.Finish(j.tb.Context(), late)
				require.NoError(j.tb, err)
				require.Equal(j.tb, store.Fenced, finished.Finished)
			},
			"flow-2",
		},
		"as long as it may be": {func(j jobTest) { answered(j, strings.Repeat("f", 255)) }, strings.Repeat("f", 255)},
		"too long to be kept as it is": {
			func(j jobTest) {
				answered(j, "flow-1")
				answered(j, strings.Repeat("f", 256))
			},
			"flow-1",
		},
		"what may be a card":   {func(j jobTest) { answered(j, "x5204731600014784") }, ""},
		"what is no text":      {func(j jobTest) { answered(j, "a\xff") }, ""},
		"what Postgres cannot": {func(j jobTest) { answered(j, "a\x00") }, ""},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			c.history(j)

			claim := j.begin()
			require.Equal(t, c.want, claim.Outcome.SrcFlowID)

			// And it stays with the job's end.
			finish(t, d.Store, result(claim, "enrolled", store.StatusEnrolled))

			outcome, _, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, c.want, outcome.SrcFlowID)
		})
	}
}
