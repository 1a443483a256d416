package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func contains(page, want string) bool { return strings.Contains(page, want) }

func TestJobsThatFailedAreListedPageByPage(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.rejected("first")
	r.finish(r.begin("good"), "enrolled", store.StatusEnrolled, store.Failure{})
	r.retrying("later")

	for i := range 100 {
		r.rejected("job-" + strings.Repeat("x", i%3) + string(rune('a'+i%26)) + strings.Repeat("y", i/26))
	}

	b := r.as("bob")
	page := b.becomes("/jobs", "More")
	require.Equal(t, 100, strings.Count(page, `<th scope="row"`))
	require.NotContains(t, page, ">first<")
	require.NotContains(t, page, ">good<")
	require.Contains(t, page, "520473******4784")

	older := hrefOf(t, page, "More")
	page = b.page(older)
	require.Equal(t, 1, strings.Count(page, `<th scope="row"`))
	require.Contains(t, page, ">first<")

	for query, want := range map[string]int{
		"?code=ISSUER_DECLINED": 100, "?code=NONE": 0, "?status=dead": 0, "?program=gold": 0, "?program=demo&status=rejected": 100,
		"?since=2h": 100, "?since=21d": 100, "?until=2020-01-01": 0, "?status=enrolled": 1, "?status=ended": 100, "?status=ended&until=2020-01-01": 0, "?status=enrolled&code=NONE": 0,
		"?status=retrying": 1, "?status=in_doubt": 0, "?status=in_progress&program=demo": 0, "?status=retrying&until=2020-01-01": 0,
		"?status=pending": 0, "?status=submitted": 0, "?status=forgotten": 0, "?since=2020-01-01+00:00": 100, "?card_key=card-first": 1, "?consumer_key=consumer": 100,
		"?card_key=%3Cscript%3E": 0, "?after=rubbish": 100,
	} {
		require.Equal(t, want, strings.Count(b.page("/jobs"+query), `<th scope="row"`), query)
	}

	require.Contains(t, b.page("/jobs?since=yesterday"), "Since is no time such as")
	require.Contains(t, b.page("/jobs?status=purged"), "There is no such status.")
	require.Contains(t, b.page("/jobs?status=retrying"), "Jobs: retrying, the next that is due first")
	require.Contains(t, b.page("/jobs?status=retrying"), `<span class="fine nowrap">due 20`)
	require.Contains(t, b.page("/jobs?status=in_doubt"), `<a href="/doubt">In doubt</a> is where they are resolved.`)
	require.Contains(t, b.page("/jobs?program=A+B"), "The program must be")
}

// retrying is a job that is tried again in an hour.
func (r *rig) retrying(id string) {
	r.t.Helper()

	claim := r.begin(id)
	_, err := r.ledger.Finish(r.t.Context(), store.FinishRequest{
		JobID: id, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "retry", Status: store.StatusRetrying, RetryAfter: time.Hour,
	})
	require.NoError(r.t, err)
}

func TestACardNumberInTheWrongFieldIsInNoAddress(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")

	for _, field := range []string{"id", "card_key", "consumer_key", "code", "since"} {
		status, body, to := b.submit("/jobs", field, " 5204 7316 0001 4784")
		require.Equal(t, http.StatusUnprocessableEntity, status, field)
		require.Contains(t, body, "could be a card number")
		require.NotContains(t, body, "4784")
		require.Empty(t, to)
	}

	status, body, _ := b.get("/jobs?card_key=" + card)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.NotContains(t, body, card)

	status, body, _ = b.get("/job?id=" + card)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.NotContains(t, body, card)
	require.NotContains(t, r.log.String(), card)
}

func TestASearchLeadsToItsAddress(t *testing.T) {
	t.Parallel()

	b := prepared(t).as("bob")

	_, _, to := b.submit("/jobs", "id", `a&b "c"`)
	require.Equal(t, "/job?id=a%26b+%22c%22", to)
	_, _, to = b.submit("/jobs", "status", "dead", "since", "2h")
	require.Equal(t, "/jobs?since=2h&status=dead", to)
}

func TestAJobPageTellsTheWholeStory(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	claim := r.begin("j1")
	r.finish(claim, "retry", store.StatusRetrying, store.Failure{Source: "api", Reason: "UNAVAILABLE", Message: markup + " of " + card})
	r.finish(r.begin("j1"), "rejected", store.StatusRejected, store.Failure{Reason: "INVALID_STATE", Detail: "PAN_INELIGIBLE", Field: "primaryAccountNumber"})

	page := r.as("bob").page("/job?id=j1")

	for _, want := range []string{
		"Call 1: retry", "UNAVAILABLE", "&lt;script&gt;", "Call 2: rejected", "Came to its end: rejected", "INVALID_STATE/PAN_INELIGIBLE",
		"primaryAccountNumber", "card-j1", "worker w1", "trace-1", "520473******4784", "/file?id=b1",
	} {
		require.Contains(t, page, want)
	}
}

func TestAJobThatNobodyHasSeen(t *testing.T) {
	t.Parallel()

	b := prepared(t).as("bob")

	for _, id := range []string{"no-such", "%3Cscript%3Ealert(%22x%22)%3C/script%3E", "..", "%2F..%2F", "%07%E2%80%AE", strings.Repeat("x", 4000)} {
		require.Contains(t, b.page("/job?id="+id), "No worker has seen a job of this id.", id)
	}

	status, _, _ := b.get("/job")
	require.Equal(t, http.StatusUnprocessableEntity, status)
}

// What no text is, is refused before it comes to Postgres: nobody else is told that it is away.
func TestWhatIsNoTextIsAskedOfNobody(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b, ana := r.as("bob"), r.as("ana")

	for _, path := range []string{"/jobs?code=%00", "/job?id=%00", "/doubt?after=2026-11-27T00:00:00Z+%FF"} {
		status, body, _ := b.get(path)
		require.Equal(t, http.StatusBadRequest, status, path)
		require.Contains(t, body, "The address or the form cannot be read.", path)
	}

	require.NotContains(t, ana.page("/doubt"), "Postgres does not answer")
}
