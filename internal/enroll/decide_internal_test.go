package enroll

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// What a job's row says, and what becomes of the job for it.
func TestDecideRow(t *testing.T) {
	t.Parallel()

	w := &Worker{config: Config{
		HandBack: 5 * time.Second, Lease: 15 * time.Second,
		Jitter: func() float64 { return 0 }, QueueNow: func() time.Time { return time.Unix(1000, 0) },
	}}
	due := time.Unix(900, 0)
	outcome := store.Outcome{JobID: "job", Attempts: 2}
	unknownKid := &jobs.Problem{Reason: jobs.ReasonUnknownKid, Message: "no such key"}

	for name, c := range map[string]struct {
		claim store.Claim
		r     reading
		want  decision
	}{
		"ended by this worker":            {store.Claim{Decision: store.Ended, Outcome: outcome}, reading{}, concluded(outcome)},
		"ended before is announced again": {store.Claim{Decision: store.Final, Outcome: outcome}, reading{}, concluded(outcome)},
		"in doubt":                        {store.Claim{Decision: store.InDoubt, Outcome: outcome}, reading{}, concluded(outcome)},
		"held by a worker":                {store.Claim{Decision: store.Held, Wait: 2 * time.Second}, reading{}, back(7 * time.Second)},
		"held for longer than any lease":  {store.Claim{Decision: store.Held, Wait: time.Hour}, reading{}, back(20 * time.Second)},
		"not due, the first message": {
			store.Claim{Decision: store.NotDue, NextAttemptAt: due, Wait: time.Minute, Outcome: outcome}, reading{},
			scheduled(due, time.Minute, 2),
		},
		"not due, the retry itself": {
			store.Claim{Decision: store.NotDue, Wait: time.Minute}, reading{delivery: delivery{due: true}}, back(time.Minute),
		},
		"not due for hours, the retry itself": {
			store.Claim{Decision: store.NotDue, NextAttemptAt: due, Wait: time.Hour, Outcome: outcome}, reading{delivery: delivery{due: true}},
			scheduled(due, time.Hour, 2),
		},
		"postponed": {
			store.Claim{Decision: store.Postponed, NextAttemptAt: due, Wait: time.Minute, Outcome: outcome}, reading{problem: unknownKid},
			scheduled(due, time.Minute, 2).lacking(lack{reason: "UNKNOWN_KID", message: "no such key", advice: adviceKey}),
		},
		"its batch was canceled": {
			store.Claim{Decision: store.Canceled}, reading{record: store.Job{ID: "job"}},
			ended(&reading{record: store.Job{ID: "job"}}, store.StatusCanceled, store.Failure{
				Source: "operator", Reason: "CANCELED", Message: "the batch was canceled " + store.Cancellation{}.String(),
			}),
		},
		"no attempt is left": {
			store.Claim{Decision: store.Exhausted}, reading{},
			ended(&reading{}, store.StatusDead, store.Failure{
				Source: "worker", Reason: "ATTEMPTS_EXHAUSTED", Message: "no attempt is left, and the last ended because its worker stopped",
			}),
		},
		"not comparable, for a key that is missing": {
			store.Claim{Decision: store.KeyMissing}, reading{problem: unknownKid},
			back(5 * time.Second).lacking(lack{reason: "UNKNOWN_KID", message: "no such key", advice: adviceKey}),
		},
		"not comparable, and invalid anyway": {
			store.Claim{Decision: store.KeyMissing}, reading{problem: &jobs.Problem{Reason: jobs.ReasonInvalidField}}, back(5 * time.Second),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, w.decideRow(&c.r, c.claim))
		})
	}
}

// A job with the id of another gets a row of its own.
func TestDecideConflict(t *testing.T) {
	t.Parallel()

	w := &Worker{}
	record := store.Job{ID: "job", MessageDigest: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}}

	for name, c := range map[string]struct {
		claim store.Claim
		r     reading
	}{
		"other content": {store.Claim{Decision: store.Conflict}, reading{record: record}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			next := w.decideRow(&c.r, c.claim)
			require.Equal(t, writeEnd, next.action)
			require.Equal(t, store.StatusConflict, next.end.Status)
			require.Equal(t, "job~0102030405060708", next.end.Job.ID)
			require.Equal(t, "job", c.r.record.ID, "what was read stays as it is")
		})
	}
}

func TestDecideFinished(t *testing.T) {
	t.Parallel()

	w := &Worker{config: Config{HandBack: 5 * time.Second, Jitter: func() float64 { return 0 }}}
	due := time.Unix(900, 0)

	for name, c := range map[string]struct {
		finished store.FinishResult
		want     decision
	}{
		"another worker has it": {store.FinishResult{Finished: store.Fenced, Outcome: store.Outcome{Status: store.StatusEnrolled}}, left()},
		"handed back":           {store.FinishResult{Finished: store.Recorded, Outcome: store.Outcome{Status: store.StatusPending}}, back(5 * time.Second)},
		"to be tried again": {
			store.FinishResult{Finished: store.Recorded, NextAttemptAt: due, Wait: time.Minute, Outcome: store.Outcome{Status: store.StatusRetrying, Attempts: 3}},
			scheduled(due, time.Minute, 3),
		},
		"settled": {
			store.FinishResult{Finished: store.Recorded, Outcome: store.Outcome{Status: store.StatusEnrolled}},
			concluded(store.Outcome{Status: store.StatusEnrolled}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, w.decideFinished(&reading{}, c.finished))
		})
	}
}
