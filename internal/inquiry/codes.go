package inquiry

import (
	"context"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Code is how many jobs failed for a reason.
type Code struct {
	Program  string       `json:"program"`
	Status   store.Status `json:"status"`
	Reason   string       `json:"reason,omitempty"`
	Detail   string       `json:"detail,omitempty"`
	Count    int64        `json:"count"`
	First    time.Time    `json:"first"`
	Last     time.Time    `json:"last"`
	Sample   string       `json:"sample_job_id,omitempty"`
	WhatToDo string       `json:"what_to_do"`
}

// CodeLedger is where failures are counted (store.Store).
type CodeLedger interface {
	CodesSince(ctx context.Context, since time.Time, program string) ([]store.CodeSince, error)
	Rows(ctx context.Context, ids []string) (map[string]store.Row, error)
}

// Codes are the reasons for which jobs of a program, or of all, have failed since a time, the most frequent first.
func Codes(
	ctx context.Context, ledger CodeLedger, verdicts *mastercard.VerdictTable, since time.Time, program string,
) ([]Code, error) {
	counts, err := ledger.CodesSince(ctx, since, program)
	if err != nil {
		return nil, err
	}

	ids := make([]string, 0, len(counts))
	for _, count := range counts {
		ids = append(ids, count.SampleJobID)
	}

	samples, err := ledger.Rows(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading a job of each code: %w", err)
	}

	codes := make([]Code, 0, len(counts))

	for _, c := range counts {
		codes = append(codes, Code{
			Program: c.Program, Status: c.Status, Reason: c.Reason, Detail: c.Detail, Count: c.Count, First: c.First, Last: c.Last,
			Sample: c.SampleJobID, WhatToDo: results.AdviseAll(verdicts, sampleOf(c, samples[c.SampleJobID])),
		})
	}

	return codes, nil
}

// sampleOf is the row of the sample while it stands where it was counted; else what was counted.
func sampleOf(c store.CodeSince, row store.Row) store.Row {
	if row.Status == c.Status && row.Failure.Reason == c.Reason && row.Failure.Detail == c.Detail {
		return row
	}

	return store.Row{Outcome: store.Outcome{
		Program: c.Program, Status: c.Status, Operation: store.OperationEnroll, Attempts: 1,
		Failure: store.Failure{Reason: c.Reason, Detail: c.Detail},
	}}
}

// Name is the code as a person reads it.
func (c Code) Name() string { return code(c.Reason, c.Detail) }
