package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestBegin(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	past, future := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)

	type want struct {
		decision         store.Decision
		attempt, charged int
		status           store.Status
		reason           string
		verdicts         []string // of the attempts so far, "" for one that is running
	}

	for id, c := range map[string]struct {
		before  func(jobTest)
		request func(*store.BeginRequest)
		want    want
	}{
		"a new job": {
			want: want{store.Begun, 1, 1, store.StatusInProgress, "", []string{""}},
		},
		"an attempt is running": {
			before: func(j jobTest) { j.begin() },
			want:   want{store.Held, 1, 1, store.StatusInProgress, "", []string{""}},
		},
		"a lease ran out": {
			before: func(j jobTest) { j.deadLease() },
			want:   want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"unknown", ""}},
		},
		"a lease ran out, unknowns are held": {
			before:  func(j jobTest) { j.deadLease() },
			request: func(r *store.BeginRequest) { r.HoldUnknown = true },
			want:    want{store.InDoubt, 1, 1, store.StatusInDoubt, "LEASE_EXPIRED", []string{"unknown"}},
		},
		"a lease ran out on the last attempt": {
			before:  func(j jobTest) { j.deadLease() },
			request: func(r *store.BeginRequest) { r.MaxAttempts = 1 },
			want:    want{store.Exhausted, 1, 1, store.StatusRetrying, "LEASE_EXPIRED", []string{"unknown"}},
		},
		"a retry is due": {
			before: func(j jobTest) { j.retrying(past) },
			want:   want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"a retry comes a little early": {
			before: func(j jobTest) { j.retrying(time.Now().Add(500 * time.Millisecond)) },
			want:   want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"a retry is not due": {
			before: func(j jobTest) { j.retrying(future) },
			want:   want{store.NotDue, 1, 1, store.StatusRetrying, "UNAVAILABLE", []string{"retry"}},
		},
		"a retry beyond the limit": {
			before:  func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) { r.MaxAttempts = 1 },
			want:    want{store.Exhausted, 1, 1, store.StatusRetrying, "UNAVAILABLE", []string{"retry"}},
		},
		"no limit": {
			before:  func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) { r.MaxAttempts = 0 },
			want:    want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"a throttled attempt costs nothing": {
			before: func(j jobTest) {
				j.finish("throttled", store.StatusRetrying, func(r *store.FinishRequest) { r.Refund = true })
			},
			request: func(r *store.BeginRequest) { r.MaxAttempts = 1 },
			want:    want{store.Begun, 2, 1, store.StatusInProgress, "", []string{"throttled", ""}},
		},
		"handed back": {
			before: func(j jobTest) {
				j.finish("halted", store.StatusPending, func(r *store.FinishRequest) { r.Refund = true })
			},
			want: want{store.Begun, 2, 1, store.StatusInProgress, "", []string{"halted", ""}},
		},
		"final": {
			before: func(j jobTest) {
				j.finish("rejected", store.StatusRejected, func(r *store.FinishRequest) { r.Failure.Reason = "INVALID_STATE" })
			},
			want: want{store.Final, 1, 1, store.StatusRejected, "INVALID_STATE", []string{"rejected"}},
		},
		"in doubt": {
			before: func(j jobTest) {
				j.finish("unknown", store.StatusInDoubt)
			},
			want: want{store.InDoubt, 1, 1, store.StatusInDoubt, "", []string{"unknown"}},
		},
		"other content": {
			before:  func(j jobTest) { j.begin() },
			request: func(r *store.BeginRequest) { *r = withContentOf(*r, "another") },
			want:    want{store.Conflict, 1, 1, store.StatusInProgress, "", []string{""}},
		},
		"sealed anew": {
			before:  func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) { r.Job.MessageDigest = newJob("another seal").MessageDigest },
			want:    want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"the hash key was rotated": {
			before:  func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) { r.Job.ContentHMACs = newJob("another key").ContentHMACs },
			want:    want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"sealed anew after a rotation, both keys loaded": {
			before: func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) {
				r.Job.MessageDigest = newJob("another seal").MessageDigest
				r.Job.ContentHMACs = append(newJob("another key").ContentHMACs, r.Job.ContentHMACs...)
			},
			want: want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"unenrolling": {
			request: func(r *store.BeginRequest) { r.Job = newUnenrollJob(r.Job.ID) },
			want:    want{store.Begun, 1, 1, store.StatusInProgress, "", []string{""}},
		},
		"unenrolling again": {
			before: func(j jobTest) {
				r := j.request()
				r.Job = newUnenrollJob(j.id)
				retry := result(begin(j.tb, j.Store, r), "retry", store.StatusRetrying)
				finish(j.tb, j.Store, retry)
			},
			request: func(r *store.BeginRequest) { r.Job = newUnenrollJob(r.Job.ID) },
			want:    want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"unenrolling under an id that enrolled": {
			before:  func(j jobTest) { j.finish("enrolled", store.StatusEnrolled) },
			request: func(r *store.BeginRequest) { r.Job.Operation = store.OperationUnenroll },
			want:    want{store.Conflict, 1, 1, store.StatusEnrolled, "", []string{"enrolled"}},
		},
		"an operation spelled out": {
			before:  func(j jobTest) { j.retrying(past) },
			request: func(r *store.BeginRequest) { r.Job.Operation = store.OperationEnroll },
			want:    want{store.Begun, 2, 2, store.StatusInProgress, "", []string{"retry", ""}},
		},
		"a seal that cannot be opened": {
			request: func(r *store.BeginRequest) { r.Job.ContentHMACs, r.Job.PANHMAC = nil, nil },
			want:    want{store.Begun, 1, 1, store.StatusInProgress, "", []string{""}},
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}

			if c.before != nil {
				c.before(j)
			}

			r := beginRequest(id)
			if c.request != nil {
				c.request(&r)
			}

			claim, err := d.Begin(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, c.want, want{
				claim.Decision, claim.Attempt, claim.Charged, claim.Outcome.Status, claim.Outcome.Failure.Reason, j.verdicts(),
			})

			outcome, ok, err := d.Outcome(t.Context(), id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, outcome, claim.Outcome, "the claim is the row")

			if claim.Decision == store.Begun {
				require.WithinDuration(t, claim.StartedAt.Add(time.Minute), claim.LeaseUntil, 0)
				require.Equal(t, "w1", value[string](t, d,
					`SELECT worker FROM attempts WHERE job_id = $1 AND attempt = $2 AND started_at = $3`, id, claim.Attempt, claim.StartedAt))
			}
		})
	}
}

func TestBeginKeepsTheJob(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	want := newJob("kept")
	claim := begin(t, d.Store, store.BeginRequest{Job: want, Worker: "w1", TraceID: "t1", Lease: time.Minute})

	require.Equal(t, store.Outcome{
		JobID: "kept", Program: "acme", BatchID: "batch-1", ExternalConsumerID: "consumer-kept", ExternalCardID: "card-kept",
		Operation: store.OperationEnroll, Status: store.StatusInProgress, Attempts: 1, FirstSeenAt: claim.StartedAt, UpdatedAt: claim.StartedAt,
	}, claim.Outcome)

	got := newJob("")
	require.NoError(t, d.sql.QueryRow(t.Context(), `
		SELECT pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, array[content_hmac], worker, trace_id
		FROM enrollments WHERE job_id = 'kept'`).Scan(
		&got.PANFirst6, &got.PANLast4, &got.PANHMAC, &got.PANHMACKid, &got.MessageDigest, &got.ContentHMACs, new(string), new(string)))

	got.ID, got.ExternalConsumerID, got.ExternalCardID = want.ID, want.ExternalConsumerID, want.ExternalCardID
	require.Equal(t, want, got)
}

func TestBeginKeepsNoCardOfAnUnenrollment(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	claim := begin(t, d.Store, store.BeginRequest{Job: newUnenrollJob("out"), Worker: "w1", TraceID: "t1", Lease: time.Minute})

	require.Equal(t, store.Outcome{
		JobID: "out", Program: "acme", BatchID: "batch-1", ExternalConsumerID: "consumer-out", ExternalCardID: "card-out",
		Operation: store.OperationUnenroll, Status: store.StatusInProgress, Attempts: 1, FirstSeenAt: claim.StartedAt, UpdatedAt: claim.StartedAt,
	}, claim.Outcome)
	require.True(t, value[bool](t, d, `
		SELECT (pan_first6, pan_last4, pan_hmac, pan_hmac_kid, content_hmac) IS NULL FROM enrollments WHERE job_id = 'out'`))
	require.Equal(t, "1 w1 t1", value[string](t, d, `
		SELECT format('%s %s %s', attempt, worker, trace_id) FROM attempts WHERE job_id = 'out'`), "an attempt like any other")
}

// What Postgres could not hold is changed, and what the key or a digest cannot be is refused, before it gets there.
func TestBeginCleansAndRefuses(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	r := beginRequest("odd texts")
	r.Job.ExternalCardID = "a\x00b\xff" + string(make([]byte, 1000))
	claim := begin(t, d.Store, r)
	require.Len(t, []rune(claim.Outcome.ExternalCardID), 255)
	require.Equal(t, "a\uFFFDb\uFFFD", string([]rune(claim.Outcome.ExternalCardID)[:4]))

	for name, change := range map[string]func(*store.BeginRequest){
		"no id":              func(r *store.BeginRequest) { r.Job.ID = "" },
		"a long id":          func(r *store.BeginRequest) { r.Job.ID = string(make([]byte, 256)) },
		"an id with a NUL":   func(r *store.BeginRequest) { r.Job.ID = "a\x00b" },
		"an id out of UTF-8": func(r *store.BeginRequest) { r.Job.ID = "a\xff" },
		"no such operation":  func(r *store.BeginRequest) { r.Job.Operation = "burn" },
		"no digest":          func(r *store.BeginRequest) { r.Job.MessageDigest = nil },
		"no lease":           func(r *store.BeginRequest) { r.Lease = 0 },
		"eight digits of the PAN, which the table refuses": func(r *store.BeginRequest) { r.Job.PANFirst6 = "52047316" },
		"a short PAN hash, which the table refuses":        func(r *store.BeginRequest) { r.Job.PANHMAC = []byte("short") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := beginRequest("refused")
			change(&r)

			_, err := d.Begin(t.Context(), r)
			require.Error(t, err)
			require.False(t, store.Retryable(err), err.Error())
		})
	}
}
