package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// jobsView is a search and what it found.
type jobsView struct {
	Query    jobsQuery
	Faults   []string
	Programs []string
	Statuses []statusGroup

	Asked bool
	Title string // of what was found
	Found answer[store.JobPage]
	Next  string // the address of the next page

	CardSearch bool
}

// jobsQuery is what is searched for, as it was typed.
type jobsQuery struct {
	ID, CardKey, ConsumerKey, Program, Status, Code, Since, Until string
}

func (q jobsQuery) pairs() []string {
	return []string{
		"id", q.ID, "card_key", q.CardKey, "consumer_key", q.ConsumerKey, "program", q.Program, "status", q.Status,
		"code", q.Code, "since", q.Since, "until", q.Until,
	}
}

func jobsQueryOf(get func(string) string) jobsQuery {
	return jobsQuery{
		get("id"), get("card_key"), get("consumer_key"), get("program"), get("status"), get("code"), get("since"), get("until"),
	}
}

// holdsCard reports whether a card number was typed where it must not be.
func (q jobsQuery) holdsCard() bool {
	pairs := q.pairs()
	for i := 1; i < len(pairs); i += 2 {
		if pan.MaskText(pairs[i]) != pairs[i] {
			return true
		}
	}

	return false
}

// searchJobs takes a search and leads to its address. It is posted, so that a card number that was typed in the wrong field is in
// no address, and so in no history and no log of a proxy.
func (c *Console) searchJobs(v *visit) error {
	query := jobsQueryOf(v.field)
	if query.holdsCard() {
		return v.write(http.StatusUnprocessableEntity, "jobs", "Jobs", "", c.emptySearch(v,
			"What was typed could be a card number, and was not kept. Cards are found by the field below."))
	}

	to := with("/jobs", query.pairs()...)
	if query.ID != "" {
		to = with("/job", "id", query.ID)
	}

	http.Redirect(v.w, v.r, to, http.StatusSeeOther)

	return nil
}

func (c *Console) emptySearch(v *visit, faults ...string) jobsView {
	return jobsView{Faults: faults, Programs: c.programs(v.r.Context()), Statuses: statusGroups(), CardSearch: c.FindCard != nil}
}

func (c *Console) jobsPage(v *visit) error {
	query := jobsQueryOf(v.query)
	if query.holdsCard() {
		return refuse(http.StatusUnprocessableEntity, "The address could hold a card number.")
	}

	view := c.emptySearch(v)
	view.Query = query

	switch {
	case query.CardKey != "":
		view.byKey(v, store.KeyExternalCard, query.CardKey)
	case query.ConsumerKey != "":
		view.byKey(v, store.KeyExternalConsumer, query.ConsumerKey)
	default:
		view.byStatus(v)
	}

	return v.show("jobs", "Jobs", "", view)
}

// byKey finds jobs by a key of the issuer's own.
func (view *jobsView) byKey(v *visit, key store.Key, value string) {
	view.Asked, view.Title = true, "Found"
	view.Found = askLedger(v.r.Context(), v.c, "key "+string(key)+" "+value,
		func(ctx context.Context, s *store.Store) (store.JobPage, error) {
			found, err := s.Find(ctx, key, value, pageSize)

			rows := make([]store.Row, 0, len(found))
			for _, one := range found {
				rows = append(rows, one.Row)
			}

			return store.JobPage{Rows: rows}, err
		})
}

// byStatus lists jobs by status and time; without anything asked for the latest of those that failed.
func (view *jobsView) byStatus(v *visit) {
	filter, faults := view.filter(v)
	if len(faults) > 0 {
		view.Faults = faults
		return
	}

	view.Asked, view.Title = true, listTitle(view.Query.Status)
	if len(filter.Programs) == 0 {
		view.Found = answer[store.JobPage]{Known: true}
		return
	}

	after := v.query("after")
	view.Found = askLedger(v.r.Context(), v.c, "jobs "+with("", view.Query.pairs()...)+after,
		func(ctx context.Context, s *store.Store) (store.JobPage, error) { return v.c.search(ctx, s, filter) })

	if view.Found.Away == errTooLong.Error() {
		view.Faults, view.Asked = append(view.Faults, sentence(errTooLong)), false
	}

	if next := view.Found.Value.Next; !next.At.IsZero() {
		view.Next = with("/jobs", append(view.Query.pairs(), "after", placeText(next))...)
	}
}

// searchTimeout is how long a search may take. A code that few jobs have is looked for among all that failed.
const searchTimeout = 3 * time.Second

var errTooLong = errors.New("the search took too long: choose a program, a status or a shorter time")

// search lists jobs. That it takes too long says nothing of Postgres.
func (c *Console) search(ctx context.Context, s *store.Store, filter store.JobFilter) (store.JobPage, error) {
	bounded, cancel := context.WithTimeout(ctx, cmp.Or(c.searchTimeout, searchTimeout))
	defer cancel()

	page, err := s.JobPage(bounded, filter)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil && filter.Code != "" {
		return store.JobPage{}, errTooLong
	}

	return page, err
}

func (view *jobsView) filter(v *visit) (f store.JobFilter, faults []string) {
	q := view.Query
	f = store.JobFilter{
		Statuses: statusesOf(q.Status), Programs: view.Programs, Code: q.Code, After: placeOf(v.query("after")), Limit: pageSize,
	}

	var narrowed narrowing

	if len(f.Statuses) == 0 {
		narrowed.Faults = append(narrowed.Faults, "There is no such status.")
	}

	if narrowed.program(q.Program); q.Program != "" {
		f.Programs = []string{q.Program}
	}

	f.Since = narrowed.moment("Since", q.Since, v.c.now())
	f.Until = narrowed.moment("Until", q.Until, v.c.now())

	return f, narrowed.Faults
}

// totals are how many jobs of each program stand where.
func (c *Console) totals(ctx context.Context) answer[[]store.ProgramTotal] {
	return askLedger(ctx, c, "totals", func(ctx context.Context, s *store.Store) ([]store.ProgramTotal, error) {
		return s.ProgramTotals(ctx)
	})
}

// programs are those that have had jobs.
func (c *Console) programs(ctx context.Context) []string {
	var names []string
	for _, total := range c.totals(ctx).Value {
		names = append(names, total.Program)
	}

	return slices.Compact(names) // they come in their order
}
