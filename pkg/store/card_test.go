package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestFindCard(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	// job ends a job of a card as a case has it.
	job := func(id, program, card string, status store.Status, change func(*store.FinishRequest)) {
		b := beginRequest(id)
		b.Job.Program, b.Job.ExternalCardID = program, card

		if status == store.StatusUnenrolled {
			b.Job.Operation = store.OperationUnenroll
		}

		f := result(begin(t, d.Store, b), string(status), status)
		f.SrcDigitalCardID = "digital-" + id

		if change != nil {
			change(&f)
		}

		finish(t, d.Store, f)
	}
	withFlow := func(f *store.FinishRequest) { f.SrcFlowID = "flow-" + f.JobID }

	job("once", "acme", "one enrollment", store.StatusEnrolled, withFlow)
	job("first", "acme", "two enrollments", store.StatusEnrolled, withFlow)
	job("second", "acme", "two enrollments", store.StatusEnrolled, nil)
	job("theirs", "globex", "of another program", store.StatusEnrolled, nil)
	job("both, theirs", "globex", "of both programs", store.StatusEnrolled, nil)
	job("both, ours", "acme", "of both programs", store.StatusEnrolled, nil)
	job("both, theirs again", "globex", "of both programs", store.StatusEnrolled, nil)
	job("in", "acme", "in and out", store.StatusEnrolled, nil)
	job("out", "acme", "in and out", store.StatusUnenrolled, nil)
	job("out only", "acme", "only out", store.StatusUnenrolled, nil)
	job("refused", "acme", "refused", store.StatusRejected, nil)
	job("known", "acme", "known before", store.StatusAlreadyEnrolled, nil)
	job("no id", "acme", "enrolled without an id", store.StatusEnrolled, func(f *store.FinishRequest) { f.SrcDigitalCardID = "" })
	job("good", "acme", "refused the second time", store.StatusEnrolled, nil)
	job("bad", "acme", "refused the second time", store.StatusRejected, nil)

	running := beginRequest("running")
	running.Job.ExternalCardID = "being enrolled"
	begin(t, d.Store, running)

	for card, want := range map[string]string{ // the job that enrolled it
		"one enrollment":          "once",
		"two enrollments":         "second",
		"of both programs":        "both, ours",
		"in and out":              "in",
		"refused the second time": "good",
		"of another program":      "",
		"only out":                "",
		"refused":                 "",
		"known before":            "",
		"enrolled without an id":  "",
		"being enrolled":          "",
		"never heard of":          "",
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()

			got, ok, err := d.FindCard(t.Context(), "acme", card)
			require.NoError(t, err)
			require.Equal(t, want != "", ok)

			if !ok {
				require.Zero(t, got)
				return
			}

			require.Equal(t, want, got.JobID)
			require.Equal(t, "digital-"+want, got.SrcDigitalCardID)

			outcome, _, err := d.Outcome(t.Context(), want)
			require.NoError(t, err)
			require.Equal(t, outcome.SrcFlowID, got.SrcFlowID)
			require.Equal(t, outcome.CompletedAt, got.EnrolledAt)
		})
	}
}

// A job that began first and ended last enrolled the card last.
func TestFindCardTakesTheLastToEnd(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	claims := make([]store.Claim, 2)

	for i, id := range []string{"early", "late"} {
		r := beginRequest(id)
		r.Job.ExternalCardID = "card"
		claims[i] = begin(t, d.Store, r)
	}

	for _, claim := range []store.Claim{claims[1], claims[0]} {
		r := result(claim, "enrolled", store.StatusEnrolled)
		r.SrcDigitalCardID = "digital"
		finish(t, d.Store, r)
	}

	card, ok, err := d.FindCard(t.Context(), "acme", "card")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "early", card.JobID)
	require.Equal(t, time.UTC, card.EnrolledAt.Location())
}

// A key that was cut when it was kept must not lead to the card of another.
func TestFindCardRefusesAKeyThatIsNotKeptAsItIs(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for name, key := range map[string]string{
		"none": "", "too long": strings.Repeat("x", 256), "a NUL": "a\x00", "not UTF-8": "a\xff",
	} {
		_, _, err := d.FindCard(t.Context(), "acme", key)
		require.ErrorIs(t, err, store.ErrRequest, name)
		require.False(t, store.Retryable(err), name)
	}

	_, ok, err := d.FindCard(t.Context(), "acme", strings.Repeat("ä", 255))
	require.NoError(t, err)
	require.False(t, ok)
}
