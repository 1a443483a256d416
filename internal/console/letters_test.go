package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// dead is a job that was given up, with its letter.
func (r *rig) dead(id string) {
	r.t.Helper()

	sealer, err := jobs.NewSealer(parts.IntakeKey(r.t).Public(), nil)
	require.NoError(r.t, err)
	job, err := sealer.Seal(jobs.Job{Schema: jobs.SchemaVersion, ID: id, Program: program}, parts.Payload(card))
	require.NoError(r.t, err)

	r.finish(r.begin(id), "retry", store.StatusDead, store.Failure{Reason: "UNAVAILABLE", Detail: "UPSTREAM"})

	body, err := json.Marshal(jobs.DeadLetter{
		Schema: jobs.SchemaVersion, Status: "dead", Error: jobs.Failure{Reason: "UNAVAILABLE", Detail: "UPSTREAM"}, Job: job,
	})
	require.NoError(r.t, err)
	r.publish(jobs.DeadSubject(program, id), string(body))
}

func TestDeadLettersAreCountedAndBroughtBack(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("ana")
	require.Contains(t, b.page("/letters"), "No job was given up.")

	for i := range 3 {
		r.dead(fmt.Sprint("d", i))
	}

	page := b.becomes("/letters", "UNAVAILABLE / UPSTREAM")
	require.Contains(t, page, `<td class="n">3</td>`)

	page = b.act("/letters/count", "program", program, "status", "dead", "code", "UPSTREAM")
	require.Contains(t, page, "It is being counted.")
	page = b.becomes("/letters", "would be 3")
	require.Contains(t, page, "counted")
	require.Empty(t, r.acts(), "counting is no act")

	for name, form := range map[string][]string{
		"without a reason": {"program", program}, "at no rate": {"why", "x", "rate", "0"}, "at an odd one": {"why", "x", "rate", "NaN"},
		"in doubt": {"why", "x", "status", "in_doubt"}, "of an odd program": {"why", "x", "program", "A B"},
	} {
		status, _, _ := b.submit("/letters/redrive", form...)
		require.Equal(t, http.StatusUnprocessableEntity, status, name)
	}

	b.act("/letters/redrive", "program", program, "status", "dead", "code", "UPSTREAM", "rate", "1000", "why", "the API is back")
	page = b.becomes("/letters", "bring back at 1000/s")
	require.Contains(t, page, "ana")

	kept := r.endsAs(store.ActDone)
	require.Equal(t, "dead letters dead UPSTREAM", kept.Scope)
	require.Equal(t, int64(3), kept.Counts["redriven"])

	row, _, err := r.ledger.Outcome(t.Context(), "d1")
	require.NoError(t, err)
	require.Equal(t, store.StatusPending, row.Status)
}

func TestARunIsCanceled(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	for i := range 5 {
		r.dead(fmt.Sprint("d", i))
	}

	b := r.as("ana")
	b.act("/letters/redrive", "rate", "0.01", "why", "slowly")
	b.becomes("/letters", "of 5")
	require.Contains(t, b.act("/letters/cancel", "task", "1"), "The run ends.")

	b.becomes("/letters", "canceled; the same again does the rest, and nothing twice")
	require.Positive(t, r.endsAs(store.ActInterrupted).Counts["left"])

	status, _, _ := b.submit("/letters/cancel", "task", "99")
	require.Equal(t, http.StatusNotFound, status)
}

func TestOnlySoManyRunsGoOnAtOnce(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.dead("d1")
	r.dead("d2")

	b := r.as("ana")
	for range 4 {
		b.act("/letters/redrive", "rate", "0.001", "why", "slowly")
	}

	status, body, _ := b.submit("/letters/redrive", "why", "x")
	require.Equal(t, http.StatusConflict, status)
	require.Contains(t, body, "4 runs go on already")
}
