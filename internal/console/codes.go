package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/inquiry"
	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// codesView is what went wrong, and what to do about it.
type codesView struct {
	narrowing

	Codes answer[[]inquiry.Code]
	More  bool // there are more codes than are shown
}

// mostCodes are shown: an API that answers with a million codes needs somebody's look, and not a million lines.
const mostCodes = 200

func (c *Console) codesPage(v *visit) error {
	narrowed, since := v.narrowing()
	view := codesView{narrowing: narrowed}

	if len(view.Faults) == 0 {
		view.Codes = c.codesSince(v.r.Context(), view.Program, since)
		view.More = len(view.Codes.Value) == mostCodes
	}

	return v.show("codes", "Codes", "", view)
}

// codesSince are the codes for which jobs have failed since a time, counted since then; with none, all codes of all times.
func (c *Console) codesSince(ctx context.Context, program string, since time.Time) answer[[]inquiry.Code] {
	key := fmt.Sprint("codes ", program, since.Truncate(time.Minute))

	return askLedger(ctx, c, key, func(ctx context.Context, s *store.Store) (codes []inquiry.Code, err error) {
		if !since.IsZero() {
			codes, err = inquiry.Codes(ctx, s, c.Verdicts, since, program)

			return codes[:min(len(codes), mostCodes)], err
		}

		counts, err := s.TopCodes(ctx, store.CodeFilter{Program: program, Limit: mostCodes})
		for _, one := range counts {
			codes = append(codes, inquiry.Code{
				Program: one.Program, Status: one.Status, Reason: one.Reason, Detail: one.Detail, Count: one.Count,
				First: one.First, Last: one.Last, WhatToDo: c.advice(one),
			})
		}

		return codes, err
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
