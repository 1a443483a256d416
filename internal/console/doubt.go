package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// doubtView are jobs of which nobody knows whether they were processed.
type doubtView struct {
	Jobs answer[[]store.Row]
	Next string
}

func (c *Console) doubtPage(v *visit) error {
	after := placeOf(v.query("after"))

	view := doubtView{Jobs: askLedger(v.r.Context(), c, "doubt "+v.query("after"),
		func(ctx context.Context, s *store.Store) ([]store.Row, error) { return s.InDoubt(ctx, after, pageSize) })}

	if rows := view.Jobs.Value; len(rows) == pageSize {
		last := rows[len(rows)-1]
		view.Next = with("/doubt", "after", placeText(store.JobPlace{At: last.UpdatedAt, JobID: last.JobID}))
	}

	return v.show("doubt", "In doubt", "", view)
}

// resolve carries a decision on some jobs out, one after the other.
func (c *Console) resolve(v *visit) error {
	ids, as, why := v.r.PostForm["job"], store.Resolution(v.field("as")), v.why()

	switch {
	case len(ids) == 0:
		return refuse(http.StatusUnprocessableEntity, "Choose the jobs that are meant.")
	case len(ids) > pageSize:
		return refuse(http.StatusUnprocessableEntity, "Choose at most "+number(pageSize)+" jobs at once.")
	case as != store.ResolveEnrolled && as != store.ResolveNotEnrolled && as != store.ResolveResend:
		return refuse(http.StatusUnprocessableEntity, "Say what is known of the card, or that the job is to be sent again.")
	case why == "":
		return refuse(http.StatusUnprocessableEntity, "Say how it is known: it is kept with the job.")
	}

	s, err := c.ledger.get(v.r.Context())
	if err != nil {
		return away("Postgres does not answer", err)
	}

	_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(pageTimeout)) // without it, a long list breaks off

	var (
		settled int
		left    []string
	)

	for _, id := range ids {
		err := v.resolveOne(s, id, as, why)
		if err == nil {
			settled++
			continue
		}

		left = append(left, settings.Masked(err.Error())+".")

		if !errors.Is(err, redrive.ErrRefused) && !errors.Is(err, store.ErrNoJob) { // the next one would fail, too
			break
		}
	}

	note := number(settled) + " of " + number(len(ids)) + " jobs resolved as " + words(as) + ". " + strings.Join(left, " ")

	return v.done(note, "/doubt")
}

func (v *visit) resolveOne(s *store.Store, id string, as store.Resolution, why string) error {
	if !jobs.ValidID(id) {
		return store.ErrNoJob
	}

	return v.act(acts.Act{Name: acts.Resolve, Scope: "job " + id + " as " + string(as), Why: why},
		func(ctx context.Context) (acts.Result, error) {
			outcome, err := redrive.Resolve(ctx, v.c.Queue, s, store.ResolveRequest{
				JobID: id, As: as, By: v.actor().String(), Note: why,
			})

			return acts.Result{
				Text: string(outcome.Status), Refused: errors.Is(err, redrive.ErrRefused) || errors.Is(err, store.ErrNoJob),
			}, err
		})
}
