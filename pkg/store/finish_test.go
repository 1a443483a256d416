package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestFinish(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	failure := store.Failure{Source: "Service", Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED", Field: "Card", Message: "no"}

	for id, c := range map[string]struct {
		change   func(*store.FinishRequest)
		unenroll bool
		want     store.Outcome
		next     bool
		refund   bool
	}{
		"enrolled": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.HTTPStatus = "enrolled", store.StatusEnrolled, 200
				r.SrcDigitalCardID, r.SrcCorrelationID, r.TokenUniqueReference = "card", "correlation", "token"
				r.SrcFlowID = "flow"
			},
			want: store.Outcome{
				Status: store.StatusEnrolled, HTTPStatus: 200, SrcDigitalCardID: "card", SrcCorrelationID: "correlation",
				TokenUniqueReference: "token", SrcFlowID: "flow",
			},
		},
		"already enrolled": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.HTTPStatus = "already_enrolled", store.StatusAlreadyEnrolled, 409
			},
			want: store.Outcome{Status: store.StatusAlreadyEnrolled, HTTPStatus: 409},
		},
		"unenrolled": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.HTTPStatus = "unenrolled", store.StatusUnenrolled, 200
				r.SrcDigitalCardID, r.SrcCorrelationID, r.SrcFlowID = "card", "correlation", "flow"
			},
			unenroll: true,
			want: store.Outcome{
				Status: store.StatusUnenrolled, HTTPStatus: 200, SrcDigitalCardID: "card", SrcCorrelationID: "correlation",
				SrcFlowID: "flow",
			},
		},
		"not enrolled": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.HTTPStatus, r.Failure = "not_enrolled", store.StatusNotEnrolled, 404, failure
			},
			unenroll: true,
			want:     store.Outcome{Status: store.StatusNotEnrolled, HTTPStatus: 404, Failure: failure},
		},
		"an unenrollment to be tried again": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.RetryAfter, r.HTTPStatus = "retry", store.StatusRetrying, time.Hour, 503
			},
			unenroll: true,
			want:     store.Outcome{Status: store.StatusRetrying, HTTPStatus: 503},
			next:     true,
		},
		"rejected": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.HTTPStatus, r.Failure = "rejected", store.StatusRejected, 400, failure
			},
			want: store.Outcome{Status: store.StatusRejected, HTTPStatus: 400, Failure: failure},
		},
		"retrying": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.RetryAfter, r.Failure = "retry", store.StatusRetrying, time.Hour, failure
			},
			want: store.Outcome{Status: store.StatusRetrying, Failure: failure},
			next: true,
		},
		"throttled": {
			change: func(r *store.FinishRequest) {
				r.Verdict, r.Status, r.RetryAfter, r.HTTPStatus, r.Refund = "throttled", store.StatusRetrying, time.Hour, 429, true
			},
			want: store.Outcome{Status: store.StatusRetrying, HTTPStatus: 429},
			next: true, refund: true,
		},
		"in doubt": {
			change: func(r *store.FinishRequest) { r.Verdict, r.Status = "unknown", store.StatusInDoubt },
			want:   store.Outcome{Status: store.StatusInDoubt},
		},
		"handed back without a call": {
			change: func(r *store.FinishRequest) { r.Verdict, r.Status, r.Refund = "", store.StatusPending, true },
			want:   store.Outcome{Status: store.StatusPending},
			refund: true,
		},
		"dead": {
			change: func(r *store.FinishRequest) { r.Verdict, r.Status = "retry", store.StatusDead },
			want:   store.Outcome{Status: store.StatusDead},
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}

			job := j.request()
			if c.unenroll {
				job.Job = newUnenrollJob(id)
			}

			claim := begin(t, d.Store, job)
			r := result(claim, "", "")
			c.change(&r)

			for range 2 { // the second as after an answer that was lost
				finished := finish(t, d.Store, r)

				got, _, err := d.Outcome(t.Context(), id)
				require.NoError(t, err)
				require.Equal(t, got, finished.Outcome, "what is announced is what is written")
				require.Equal(t, c.want.Status.Final(), !got.CompletedAt.IsZero())

				want := claim.Outcome
				want.Status, want.Failure, want.HTTPStatus = c.want.Status, c.want.Failure, c.want.HTTPStatus
				want.SrcDigitalCardID, want.SrcCorrelationID = c.want.SrcDigitalCardID, c.want.SrcCorrelationID
				want.TokenUniqueReference, want.SrcFlowID = c.want.TokenUniqueReference, c.want.SrcFlowID
				want.CompletedAt, want.UpdatedAt = got.CompletedAt, got.UpdatedAt
				require.Equal(t, want, got)

				require.Equal(t, !c.refund, value[bool](t, d, `SELECT charged = attempts FROM enrollments WHERE job_id = $1`, id))
				require.Equal(t, []string{r.Verdict}, j.verdicts())
				require.True(t, value[bool](t, d, `SELECT finished_at IS NOT NULL AND NOT late FROM attempts WHERE job_id = $1`, id))
			}

			if c.next {
				require.True(t, value[bool](t, d, `SELECT e.next_attempt_at = a.finished_at + interval '1 hour'
					FROM enrollments e JOIN attempts a USING (job_id) WHERE e.job_id = $1`, id))
			}
		})
	}
}

// The ids that an earlier attempt got stay when a later one gets none.
func TestFinishKeepsWhatTheAPIReturned(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	r := result(begin(t, d.Store, beginRequest("j")), "retry", store.StatusRetrying)
	r.SrcCorrelationID = "first"
	finish(t, d.Store, r)

	finish(t, d.Store, result(begin(t, d.Store, beginRequest("j")), "rejected", store.StatusRejected))

	got, _, err := d.Outcome(t.Context(), "j")
	require.NoError(t, err)
	require.Equal(t, "first", got.SrcCorrelationID)
}

// A worker that lost its lease learns whether its result still counts.
func TestFinishAfterTheLease(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, c := range map[string]struct {
		meanwhile func(jobTest)
		want      store.Finished
		status    store.Status
		late      bool
	}{
		"nobody noticed": {
			want: store.Recorded, status: store.StatusEnrolled,
		},
		"another attempt is running": {
			meanwhile: func(j jobTest) { j.begin() },
			want:      store.Fenced, status: store.StatusInProgress, late: true,
		},
		"another attempt has ended": {
			meanwhile: func(j jobTest) {
				j.finish("rejected", store.StatusRejected)
			},
			want: store.Fenced, status: store.StatusRejected, late: true,
		},
		"held for an operator, whom the late result spares the work": {
			meanwhile: func(j jobTest) {
				j.claim(store.InDoubt, func(r *store.BeginRequest) { r.HoldUnknown = true })
			},
			want: store.Recorded, status: store.StatusEnrolled,
		},
		"given up but not ended": {
			meanwhile: func(j jobTest) {
				j.claim(store.Exhausted, func(r *store.BeginRequest) { r.MaxAttempts = 1 })
			},
			want: store.Recorded, status: store.StatusEnrolled,
		},
		"given up and ended": {
			meanwhile: func(j jobTest) { j.end(store.StatusDead) },
			want:      store.Recorded, status: store.StatusEnrolled,
		},
		"purged and begun anew with the same number": {
			meanwhile: func(j jobTest) {
				j.exec(j.tb, `DELETE FROM enrollments WHERE job_id = $1`, j.id)
				j.begin()
			},
			want: store.Fenced, status: store.StatusInProgress, late: true,
		},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}

			claim := j.deadLease()
			if c.meanwhile != nil {
				c.meanwhile(j)
			}

			for range 2 {
				finished, err := d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled))
				require.NoError(t, err)
				require.Equal(t, c.want, finished.Finished)

				got, _, err := d.Outcome(t.Context(), id)
				require.NoError(t, err)
				require.Equal(t, c.status, got.Status)

				require.Equal(t, c.late, value[bool](t, d,
					`SELECT late FROM attempts WHERE job_id = $1 AND attempt = $2 AND started_at = $3 AND verdict = 'enrolled'`,
					id, claim.Attempt, claim.StartedAt))
			}
		})
	}
}

func TestFinishRefuses(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for name, c := range map[string]struct {
		change func(*store.FinishRequest)
		want   error
	}{
		"a job that never began":          {func(r *store.FinishRequest) { r.JobID = "nobody" }, store.ErrNotBegun},
		"a status that is no end":         {func(r *store.FinishRequest) { r.Status = store.StatusInProgress }, store.ErrRequest},
		"an unknown status":               {func(r *store.FinishRequest) { r.Status = "done" }, store.ErrRequest},
		"a retry before now":              {func(r *store.FinishRequest) { r.Status, r.RetryAfter = store.StatusRetrying, -1 }, store.ErrRequest},
		"a time without a retry":          {func(r *store.FinishRequest) { r.RetryAfter = time.Hour }, store.ErrRequest},
		"an impossible HTTP status":       {func(r *store.FinishRequest) { r.HTTPStatus = 1 << 40 }, store.ErrRequest},
		"a verdict the table refuses":     {func(r *store.FinishRequest) { r.Verdict = "perhaps" }, nil},
		"an impossible attempt":           {func(r *store.FinishRequest) { r.Attempt = 1 << 40 }, store.ErrRequest},
		"an id that Postgres cannot hold": {func(r *store.FinishRequest) { r.JobID = "a\x00b" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			claim := begin(t, d.Store, beginRequest(name))
			r := result(claim, "enrolled", store.StatusEnrolled)
			c.change(&r)

			_, err := d.Finish(t.Context(), r)
			require.Error(t, err)
			require.False(t, store.Retryable(err), err.Error())

			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}

			finish(t, d.Store, result(claim, "enrolled", store.StatusEnrolled))
		})
	}
}

// Whatever the API says about a card, the tables do not repeat it.
func TestFinishMasksCards(t *testing.T) {
	t.Parallel()

	const number = "5204731600014784"

	d := newDatabase(t, store.Options{})
	r := result(begin(t, d.Store, beginRequest("j")), "rejected", store.StatusRejected)
	r.Failure = store.Failure{
		Source: number, Reason: "x" + number, Detail: "5204 7316 0001 4784", Field: number,
		// At the end of what is kept, where cutting first would leave fifteen digits.
		Message: strings.Repeat("m", 1985) + number,
	}
	finish(t, d.Store, r)

	for _, table := range []string{"enrollments", "attempts", "program_counts", "batch_counts"} {
		all := value[string](t, d, `SELECT coalesce(string_agg(t::text, ' '), '') FROM `+table+` t`)
		require.NotContains(t, strings.ReplaceAll(all, " ", ""), number[:12], table)
	}

	got, _, err := d.Outcome(t.Context(), "j")
	require.NoError(t, err)
	require.Equal(t, "x************4784", got.Failure.Reason)
	require.Len(t, got.Failure.Message, 2000)
}
