package results_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func TestALineForEachKindOfRow(t *testing.T) {
	t.Parallel()

	kinds := []struct {
		name string
		make func(l ledger, row int64)
		want results.Line // without what every line of a job has
		says string
	}{
		{"queued", func(ledger, int64) {}, results.Line{Status: "queued"}, "waits for a worker"},
		{"not sent", func(l ledger, row int64) {
			require.NoError(t, l.SaveRejects(t.Context(), batch, []store.Reject{{Row: row, Line: row + 1, Faults: []store.Fault{
				{Field: "pan", Code: "INVALID_PAN", Reason: "fails the Luhn check"}, {Field: "email", Code: "INVALID_FIELD", Reason: "is no address"},
			}}}))
		}, results.Line{Status: "not_sent", Line: 3, Code: "INVALID_PAN;INVALID_FIELD", Field: "pan;email", Message: "fails the Luhn check; is no address"}, "under another batch"},
		{"enrolled", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{
				Verdict: "enrolled", Status: store.StatusEnrolled, HTTPStatus: 200,
				SrcDigitalCardID: "digital", SrcCorrelationID: "correlation", TokenUniqueReference: "token",
			})
		}, results.Line{Status: "enrolled", SrcDigitalCardID: "digital", SrcCorrelationID: "correlation", TokenUniqueReference: "token", Attempts: 1}, "Nothing to do."},
		{"rejected", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{
				Verdict: "rejected", Status: store.StatusRejected, HTTPStatus: 400,
				Failure: store.Failure{Source: "service", Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED", Message: "declined"},
			})
		}, results.Line{Status: "rejected", Code: "INVALID_STATE/ISSUER_DECLINED", Message: "declined", Attempts: 1}, "issuer's own authorization system"},
		{"in progress", func(l ledger, row int64) { l.begin(row) }, results.Line{Status: "in_progress", Attempts: 1}, "called now"},
		{"retrying", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{
				Verdict: "retry", Status: store.StatusRetrying,
				Failure: store.Failure{Source: "gateway", Reason: "UNAVAILABLE"},
			})
			l.exec(`UPDATE enrollments SET next_attempt_at = '2099-01-02T03:04:05Z' WHERE status = 'retrying'`)
		}, results.Line{Status: "retrying", Code: "UNAVAILABLE", Attempts: 1}, "not before 2099-01-02T03:04:05Z"},
		{"pending", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "halted", Status: store.StatusPending})
		},
			results.Line{Status: "pending", Attempts: 1}, "waits for a worker"},
		{"halted", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{
				Verdict: "halted", Status: store.StatusPending, HTTPStatus: 401,
				Failure: store.Failure{Source: "gateway", Reason: "INVALID_KEY", Message: "the key is not valid"},
			})
		}, results.Line{Status: "pending", Code: "INVALID_KEY", Message: "the key is not valid", Attempts: 1}, "make a new signing key"},
		{"in doubt", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "unknown", Status: store.StatusInDoubt})
		},
			results.Line{Status: "in_doubt", Attempts: 1}, "submit resolve june.9 --as enrolled or not-enrolled, or resend"},
		{"dead, not sent", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "retry", Status: store.StatusDead, Failure: store.Failure{Source: "network", Reason: "DNS", Detail: "NOT_SENT"}})
		}, results.Line{Status: "dead", Code: "DNS/NOT_SENT", Attempts: 1}, "When the cause is gone: submit redrive --batch june."},
		{"out of attempts, perhaps sent", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "unknown", Status: store.StatusDead, Failure: store.Failure{Source: "network", Reason: "TIMEOUT", Detail: "SENT"}})
		}, results.Line{
			Status: "in_doubt", Code: "TIMEOUT/SENT", Attempts: 1,
			Message: "an attempt ended without an answer, and may have been processed: look the card up, then settle the job",
		}, "Look the card up"},
		{"lost", func(l ledger, row int64) {
			l.end(job(row), store.StatusDead, store.Failure{Source: "worker", Reason: "MESSAGE_LOST"})
		}, results.Line{Status: "dead", Code: "MESSAGE_LOST"}, "has lost its message"},
		{"invalid", func(l ledger, row int64) {
			l.end(job(row), store.StatusInvalid, store.Failure{Source: "job", Reason: "UNKNOWN_PROGRAM", Field: "program"})
		}, results.Line{Status: "invalid", Code: "UNKNOWN_PROGRAM", Field: "program"}, "Configure the program"},
		{"expired", func(l ledger, row int64) {
			l.end(job(row), store.StatusExpired, store.Failure{Source: "job", Reason: "NOT_AFTER"})
		}, results.Line{Status: "expired", Code: "NOT_AFTER"}, "not sent in time"},
		{"conflict", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "enrolled", Status: store.StatusEnrolled})

			other := job(row)
			other.ID += "~0123456789abcdef"
			l.end(other, store.StatusConflict, store.Failure{Source: "job", Reason: "ID_CONFLICT", Field: "id"})
		}, results.Line{Status: "conflict", Code: "ID_CONFLICT", Field: "id"}, "another card before"},
		{"canceled", func(l ledger, row int64) {
			l.end(job(row), store.StatusCanceled, store.Failure{Source: "operator", Reason: "CANCELED"})
		}, results.Line{Status: "canceled", Code: "CANCELED"}, "sent after all"},
		{"purged", func(l ledger, row int64) {
			l.finish(row, store.FinishRequest{Verdict: "enrolled", Status: store.StatusEnrolled})

			_, err := l.PurgeJobs(t.Context(), store.PurgeRequest{IDs: []string{job(row).ID}, Before: time.Now().Add(time.Hour)})
			require.NoError(t, err)
		}, results.Line{Status: "purged"}, "Nothing to do: it had its outcome"},
		{"rejected by an earlier run", func(l ledger, row int64) {
			require.NoError(t, l.SaveRejects(t.Context(), batch, []store.Reject{{Row: row, Faults: []store.Fault{{Code: "INVALID_FIELD"}}}}))
			l.finish(row, store.FinishRequest{Verdict: "enrolled", Status: store.StatusEnrolled})
		}, results.Line{Status: "enrolled", Attempts: 1}, "Nothing to do."},
	}

	rows := int64(len(kinds))
	l := newLedger(t, store.Batch{RowsRead: rows, CompletedAt: time.Now()})

	for i, kind := range kinds {
		kind.make(l, int64(i+1))
	}

	lines, account := l.list(results.Options{PageSize: 3})
	require.Subset(t, account.Codes, []string{"ISSUER_DECLINED", "INVALID_PAN", "MESSAGE_LOST"}, "of jobs and of rows that were not sent")
	account.Codes = nil
	require.Equal(t, results.Summary{Rows: rows, Listed: rows, Total: rows}, account)
	require.Len(t, lines, len(kinds))

	for i, kind := range kinds {
		line := lines[i]
		require.Contains(t, line.WhatToDo, kind.says, kind.name)

		want := kind.want
		want.Row = int64(i + 1)

		if want.Status != results.StatusNotSent {
			want.JobID = bulk.JobID(batch, want.Row)
		}

		if want.JobID != "" && want.Status != results.StatusQueued && want.Status != "purged" {
			want.ExternalCardID, want.PAN = "card-"+want.JobID, "520473******4784"
		}

		require.Equal(t, store.Status(want.Status).Final(), !line.CompletedAt.IsZero(), kind.name)
		require.Equal(t, want, plain(line), kind.name)
	}
}

// plain is a line without its texts for people and what is not to be compared.
func plain(l results.Line) results.Line {
	return results.Line{
		Row: l.Row, Line: l.Line, JobID: l.JobID, ExternalCardID: l.ExternalCardID, PAN: l.PAN, Status: l.Status, Code: l.Code, Field: l.Field,
		Message: l.Message, SrcDigitalCardID: l.SrcDigitalCardID, SrcCorrelationID: l.SrcCorrelationID,
		TokenUniqueReference: l.TokenUniqueReference, Attempts: l.Attempts,
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()

	l := newLedger(t, store.Batch{RowsRead: 4, CompletedAt: time.Now()})
	l.end(job(1), store.StatusDead, store.Failure{Reason: "UNAVAILABLE", Detail: "X"})
	l.end(job(2), store.StatusInvalid, store.Failure{Reason: "INVALID_FIELD"})
	require.NoError(t, l.SaveRejects(t.Context(), batch, []store.Reject{{Row: 3, Faults: []store.Fault{{Code: "A"}, {Code: "INVALID_FIELD"}}}}))

	for name, c := range map[string]struct {
		filter results.Filter
		want   []int64
	}{
		"none":          {results.Filter{}, []int64{1, 2, 3, 4}},
		"a status":      {results.Filter{Statuses: []string{"dead"}}, []int64{1}},
		"statuses":      {results.Filter{Statuses: []string{"not_sent", "queued"}}, []int64{3, 4}},
		"a reason":      {results.Filter{Code: "UNAVAILABLE"}, []int64{1}},
		"a detail":      {results.Filter{Code: "x"}, []int64{1}},
		"one of faults": {results.Filter{Code: "INVALID_FIELD"}, []int64{2, 3}},
		"both":          {results.Filter{Code: "INVALID_FIELD", Statuses: []string{"invalid"}}, []int64{2}},
	} {
		require.NoError(t, c.filter.Check(), name)

		lines, account := l.list(results.Options{Filter: c.filter})
		require.EqualValues(t, 4, account.Rows, name)
		require.EqualValues(t, len(c.want), account.Listed, name)

		for i, row := range c.want {
			require.Equal(t, row, lines[i].Row, name)
		}
	}

	require.ErrorContains(t, results.Filter{Statuses: []string{"ended"}}.Check(), `no status "ended"; there are: not_sent, queued`)
}

// A reader that was killed may have sent more than it could tell.
func TestAFileThatWasNotReadToItsEnd(t *testing.T) {
	t.Parallel()

	l := newLedger(t, store.Batch{RowsRead: 2})
	l.finish(5, store.FinishRequest{Verdict: "enrolled", Status: store.StatusEnrolled})

	lines, account := l.list(results.Options{PageSize: 3})
	require.EqualValues(t, 5, account.Rows)
	require.Len(t, lines, 5)
	require.Equal(t, "enrolled", lines[4].Status)
	require.Contains(t, lines[0].WhatToDo, "submit it again under the same batch")
}

// The line is that of the file, of rows that were sent and of those that no worker has seen too.
func TestLinesOfTheFile(t *testing.T) {
	t.Parallel()

	l := newLedger(t, store.Batch{RowsRead: 5, CompletedAt: time.Now()})
	require.NoError(t, l.SaveLines(t.Context(), batch, []store.LineRun{{Row: 2, Line: 3, Step: 1}, {Row: 4, Line: 7, Step: 1}}))
	require.NoError(t, l.SaveRejects(t.Context(), batch, []store.Reject{{Row: 3, Faults: []store.Fault{{Code: "A"}}}}))
	l.finish(2, store.FinishRequest{Verdict: "enrolled", Status: store.StatusEnrolled})

	for _, size := range []int64{1, 2, 1000} {
		lines, _ := l.list(results.Options{PageSize: size})

		var found []int64
		for _, line := range lines {
			found = append(found, line.Line)
		}

		require.Equal(t, []int64{0, 3, 4, 7, 8}, found)
	}
}

func TestRowsOfACanceledBatch(t *testing.T) {
	t.Parallel()

	l := newLedger(t, store.Batch{RowsRead: 2, CompletedAt: time.Now()})
	l.finish(2, store.FinishRequest{Verdict: "unknown", Status: store.StatusInDoubt})
	_, err := l.CancelBatch(t.Context(), batch, "", "")
	require.NoError(t, err)

	lines, _ := l.list(results.Options{})
	require.Contains(t, lines[0].WhatToDo, "ends as canceled when a worker takes it")
	require.NotContains(t, lines[1].WhatToDo, "resend")
}

func TestWhatCannotBeListed(t *testing.T) {
	t.Parallel()

	l := newLedger(t, store.Batch{RowsRead: 9, CompletedAt: time.Now()})
	verdicts, err := mastercard.Verdicts()
	require.NoError(t, err)

	list := func(ctx context.Context, name string, yield func(results.Line) error) (results.Summary, error) {
		return results.List(ctx, l, name, results.Options{Verdicts: verdicts, PageSize: 2}, yield)
	}
	all := func(results.Line) error { return nil }

	_, err = list(t.Context(), "unknown", all)
	require.ErrorIs(t, err, store.ErrNoBatch)

	named := job(1)
	named.ID, named.BatchID = "x", "named"
	l.end(named, store.StatusInvalid, store.Failure{})
	_, err = list(t.Context(), "named", all)
	require.ErrorIs(t, err, results.ErrNoRows)

	full := errors.New("disk full")
	account, err := list(t.Context(), batch, func(line results.Line) error {
		if line.Row == 4 {
			return full
		}

		return nil
	})
	require.ErrorIs(t, err, full)
	require.EqualValues(t, 2, account.Rows)

	ctx, stop := context.WithCancel(t.Context())
	account, err = list(ctx, batch, func(line results.Line) error {
		if line.Row == 4 {
			stop()
		}

		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "listing the rows after 4 of 9")
	require.Equal(t, results.Summary{Rows: 4, Listed: 4, Total: 9}, account)
}
