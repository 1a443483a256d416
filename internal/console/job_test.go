package console_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/store"
)

// heads are what a job's timeline says happened, in its order.
func heads(page string) (all []string) {
	for _, found := range regexp.MustCompile(`<li class="[a-z]*">(?:<time[^>]*>([^<]*)</time>|<span[^>]*>([^<]*)</span>)<div><p><strong>([^<]*)`).
		FindAllStringSubmatch(page, -1) {
		all = append(all, strings.TrimSpace(found[1]+found[2]+" "+html.UnescapeString(found[3])))
	}

	return all
}

// withoutTimes are heads of which only the words are known.
func withoutTimes(heads []string) (all []string) {
	for _, head := range heads {
		all = append(all, regexp.MustCompile(`^[0-9-]+ [0-9:]+ `).ReplaceAllString(head, ""))
	}

	return all
}

func TestAJobsTimelineGoesFromPublishToEvent(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	claim := r.begin("one")
	b := r.as("bob")

	seen := heads(b.page("/job?id=one"))
	require.Equal(t, "2026-06-01 10:20:30 Published", seen[0])
	require.Equal(t, []string{"Published", "First taken by a worker", "Call 1: no result yet"}, withoutTimes(seen))

	r.finish(claim, "rejected", store.StatusRejected, store.Failure{Reason: "INVALID_STATE"})
	page := b.becomes("/job?id=one", "Its event")
	require.Contains(t, page, "not in the queue; it is published within moments")
	require.Contains(t, page, `<a href="https://jaeger.example/trace/trace-1" rel="noreferrer">trace-1</a>`)
	require.Contains(t, page, `, <a href="https://jaeger.example/trace/trace-1" rel="noreferrer">trace</a>`)

	outcome, _, err := r.ledger.Outcome(t.Context(), "one")
	require.NoError(t, err)
	require.NoError(t, announce.Outcome(t.Context(), r.js, outcome, nil, persist.Options{}))

	page = b.becomes("/job?id=one", "Its event was published")
	require.Equal(t, []string{
		"Published", "First taken by a worker", "Call 1: rejected", "Came to its end: rejected", "Its event was published",
	}, withoutTimes(heads(page)))

	// A row of an earlier version, with a trace that somebody made up.
	_, err = r.sql.Exec(t.Context(), `UPDATE enrollments SET queued_at = NULL, trace_id = $1`, `"`+markup+`/..?`)
	require.NoError(t, err)

	page = b.becomes("/job?id=one", "When is not known: the row does not say.")
	require.Equal(t, "– Published", heads(page)[0])
	require.Contains(t, page, `href="https://jaeger.example/trace/%22%3Cscript%3E`)

	_, err = r.sql.Exec(t.Context(), `UPDATE enrollments SET trace_id = $1`, card)
	require.NoError(t, err)
	b.becomes("/job?id=one", "************4784")
}
