package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// codesView is what went wrong, and what to do about it.
type codesView struct {
	Program, Since string
	Programs       []string
	Faults         []string
	Codes          answer[[]store.CodeCount]
	More           bool // there are more codes than are shown
}

// mostCodes are shown: an API that answers with a million codes needs somebody's look, and not a million lines.
const mostCodes = 200

func (c *Console) codesPage(v *visit) error {
	view := codesView{Program: v.query("program"), Since: v.query("since"), Programs: c.programs(v.r.Context())}

	since, err := moment(view.Since, c.now())
	if err != nil {
		view.Faults = append(view.Faults, "Since "+err.Error()+".")
	}

	if view.Program != "" && !jobs.ValidProgram(view.Program) {
		view.Faults = append(view.Faults, "The program must be 1 to 32 of a-z 0-9 -.")
	}

	if len(view.Faults) == 0 {
		view.Codes = c.codes(v.r.Context(), view.Program, since, nil)
		view.More = len(view.Codes.Value) == mostCodes
	}

	return v.show("codes", "Codes", "", view)
}

// codes are counts, of all statuses or of some.
func (c *Console) codes(ctx context.Context, program string, since time.Time, statuses []store.Status) answer[[]store.CodeCount] {
	key := fmt.Sprint("codes ", program, since.Truncate(time.Minute), statuses)

	return askLedger(ctx, c, key, func(ctx context.Context, s *store.Store) ([]store.CodeCount, error) {
		return s.TopCodes(ctx, store.CodeFilter{Program: program, Since: since, Statuses: statuses, Limit: mostCodes})
	})
}

// rejection is the row of the verdict table for a rejection of which reason and detail alone are known.
func (c *Console) rejection(failure mastercard.Failure) (mastercard.VerdictRow, bool) {
	for _, failure.Source = range []string{"service", "gateway"} {
		for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity} {
			row, found := c.Verdicts.Find(mastercard.OperationEnroll, status, failure, mastercard.Rejected)
			if found && row.Reason+row.Detail != "" { // not one for whatever else there is
				return row, true
			}
		}
	}

	return mastercard.VerdictRow{}, false
}

// advice is what to do about a code, by the verdict table in use.
func (c *Console) advice(code store.CodeCount) string {
	switch code.Status {
	case store.StatusDead:
		return "When the cause is gone, bring them back: Dead letters."
	case store.StatusInDoubt:
		return "Look each card up, then decide: In doubt."
	default:
	}

	failure := mastercard.Failure{Reason: code.Reason, Detail: code.Detail}
	if row, found := c.rejection(failure); found && code.Status == store.StatusRejected {
		return row.Advice
	}

	return results.Advise(store.Progress{}, c.Verdicts, store.Row{Outcome: store.Outcome{
		Status: code.Status, Operation: store.OperationEnroll, Failure: store.Failure(failure),
	}})
}
