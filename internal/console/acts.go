package console

import (
	"context"
	"strconv"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// actsView is who did what.
type actsView struct {
	narrowing

	Acts answer[[]store.OperatorAct]
	Next string
}

func (c *Console) actsPage(v *visit) error {
	narrowed, since := v.narrowing()
	view := actsView{narrowing: narrowed}
	before, _ := strconv.ParseInt(v.query("before"), 10, 64) // what is no number is the beginning

	if len(view.Faults) == 0 {
		view.list(v, since, before)
	}

	return v.show("acts", "Acts", "", view)
}

func (view *actsView) list(v *visit, since time.Time, before int64) {
	key := "acts " + view.Program + since.Truncate(time.Minute).String() + number(before)

	view.Acts = askLedger(v.r.Context(), v.c, key, func(ctx context.Context, s *store.Store) ([]store.OperatorAct, error) {
		return s.OperatorActs(ctx, store.ActFilter{Since: since, Program: view.Program, Before: before, Limit: pageSize})
	})

	if all := view.Acts.Value; len(all) == pageSize {
		view.Next = with("/acts", "program", view.Program, "since", view.Since, "before", strconv.FormatInt(all[len(all)-1].ID, 10))
	}
}
