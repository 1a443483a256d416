package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
)

// JobPage is a page of a list of jobs.
type JobPage struct {
	Rows []Row
	// Next is where the next page begins (JobFilter.After); its zero value: there is none. A page that is not full has one where
	// Looked jobs were looked at, and not all of them fit the filter.
	Next   JobPlace
	Looked int // zero: as far as the page goes
}

const (
	// looked bounds the jobs of all programs that are looked at for a page, leastLooked is the share of one of many programs.
	looked      = 100_000
	leastLooked = 10
	// last is behind every id, as "" is before.
	last = "\U0010FFFF"
)

// JobPage lists the jobs of some statuses. Of jobs that have ended these may be several, and those come first that ended last. Of
// those that have not it is one: in progress those whose lease ends first, retrying and submitted those that are due first,
// pending and in doubt those that wait longest; Since and Until bound that time.
//
// What it costs does not grow with the table: jobs that fail have an index by status; of others as many are looked at in their
// order as Looked says, whether they fit the filter or not.
func (s *Store) JobPage(ctx context.Context, f JobFilter) (JobPage, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	page, err := s.jobPage(ctx, f, looked)
	if err != nil {
		return JobPage{}, fmt.Errorf("listing jobs: %w", err)
	}

	return page, nil
}

// jobPage looks at so many jobs at most.
func (s *Store) jobPage(ctx context.Context, f JobFilter, most int) (JobPage, error) {
	if len(f.Statuses) == 1 {
		if column, open := openColumns()[f.Statuses[0]]; open {
			return s.openPage(ctx, f, f.Statuses[0], column, most)
		}
	}

	if !slices.ContainsFunc(f.Statuses, func(s Status) bool { return !s.Listable() }) {
		rows, err := s.Jobs(ctx, f)

		return f.paged(rows, func(i int) time.Time { return rows[i].CompletedAt }), err
	}

	for _, status := range f.Statuses {
		if !status.Final() {
			return JobPage{}, fmt.Errorf("%w: there is no list of the status %s among others", ErrRequest,
				sanitizeExternal(string(status), maxCode))
		}
	}

	return s.endedPage(ctx, f, max(most/max(len(f.Programs), 1), leastLooked))
}

// paged is a page of rows in the order of a time.
func (f JobFilter) paged(rows []Row, at func(int) time.Time) JobPage {
	page := JobPage{Rows: rows}
	if n := len(rows); n > 0 && n == f.Limit {
		page.Next = JobPlace{At: at(n - 1), JobID: rows[n-1].JobID}
	}

	return page
}

// moment is the least time between two that Postgres tells apart.
const moment = time.Microsecond

// unless is the time of the place; the one beside it where the id says that all of the time were looked at.
func (p JobPlace) unless(id string, beside time.Duration) time.Time {
	if p.JobID != id || p.At.IsZero() {
		return p.At
	}

	return p.At.Add(beside)
}

// By enrollments_ended. The place up to which is looked comes from the index alone.
const (
	endedBoundSQL = `
SELECT max(b.at) FROM unnest($1::text[]) AS p (of_program)
CROSS JOIN LATERAL (
	SELECT completed_at AS at FROM enrollments e
	WHERE e.program = p.of_program AND e.completed_at >= coalesce($2, '-infinity'::timestamptz)
	  AND e.completed_at < coalesce($3, 'infinity'::timestamptz) AND e.completed_at <= coalesce($4, 'infinity'::timestamptz)
	ORDER BY e.completed_at DESC OFFSET $5 LIMIT 1
) AS b`

	endedPageSQL = `
SELECT ` + rowColumns + `, completed_at FROM unnest($1::text[]) AS p (of_program)
CROSS JOIN LATERAL (
	SELECT ` + rowColumns + ` FROM enrollments e
	WHERE e.program = p.of_program AND e.status = ANY ($2)
	  AND ($3 = '' OR e.error_reason = $3 OR e.error_detail = $3)
	  AND e.completed_at >= coalesce($4, '-infinity'::timestamptz) AND e.completed_at < coalesce($5, 'infinity'::timestamptz)
	  AND e.completed_at >= coalesce($8, '-infinity'::timestamptz)
	  AND (e.completed_at, e.job_id) < (coalesce($6, 'infinity'::timestamptz), $7)
	ORDER BY e.completed_at DESC, e.job_id DESC LIMIT $9
) AS c
ORDER BY completed_at DESC, job_id DESC LIMIT $9`
)

func (s *Store) endedPage(ctx context.Context, f JobFilter, most int) (JobPage, error) {
	since, until, after := zeronull.Timestamptz(f.Since), zeronull.Timestamptz(f.Until), zeronull.Timestamptz(f.After.At)
	from := zeronull.Timestamptz(f.After.unless("", -moment))

	var bound zeronull.Timestamptz
	if err := s.db.queryRow(ctx, endedBoundSQL, []any{f.Programs, since, until, from, most - 1}, &bound); err != nil {
		return JobPage{}, err
	}

	statuses := column(f.Statuses, func(s Status) string { return string(s) })
	args := []any{f.Programs, statuses, f.Code, since, until, after, f.After.JobID, bound, f.Limit}

	return s.boundedPage(ctx, f, endedPageSQL, args, JobPlace{At: time.Time(bound)}, most)
}

// openColumns are, by the statuses of jobs that have not ended, the times by which there is an index.
func openColumns() map[Status]string {
	return map[Status]string{
		StatusInProgress: "lease_until", StatusPending: "updated_at", StatusRetrying: "next_attempt_at",
		StatusSubmitted: "next_attempt_at", StatusInDoubt: "updated_at",
	}
}

// openSQL are the statements for a status: the place up to which is looked, and the page.
func openSQL(status Status, column string) (bound, page string) {
	within := `
WHERE status = '` + string(status) + `' AND ` + column + ` >= coalesce($1, '-infinity'::timestamptz)
  AND ` + column + ` < coalesce($2, 'infinity'::timestamptz)`

	bound = `SELECT (SELECT ` + column + ` FROM enrollments` + within + `
  AND ` + column + ` >= coalesce($3, '-infinity'::timestamptz) ORDER BY ` + column + ` OFFSET $4 LIMIT 1)`

	page = `SELECT ` + rowColumns + `, ` + column + ` FROM enrollments` + within + `
  AND (` + column + `, job_id) > (coalesce($3, '-infinity'::timestamptz), $4)
  AND ` + column + ` <= coalesce($5, 'infinity'::timestamptz)
  AND program = ANY ($6) AND ($7 = '' OR error_reason = $7 OR error_detail = $7)
ORDER BY ` + column + `, job_id LIMIT $8`

	return bound, page
}

func (s *Store) openPage(ctx context.Context, f JobFilter, status Status, column string, most int) (JobPage, error) {
	boundSQL, pageSQL := openSQL(status, column)
	since, until, after := zeronull.Timestamptz(f.Since), zeronull.Timestamptz(f.Until), zeronull.Timestamptz(f.After.At)
	from := zeronull.Timestamptz(f.After.unless(last, moment))

	var bound zeronull.Timestamptz
	if err := s.db.queryRow(ctx, boundSQL, []any{since, until, from, most - 1}, &bound); err != nil {
		return JobPage{}, err
	}

	args := []any{since, until, after, f.After.JobID, bound, f.Programs, f.Code, f.Limit}

	return s.boundedPage(ctx, f, pageSQL, args, JobPlace{At: time.Time(bound), JobID: last}, most)
}

// boundedPage reads a page of which each row ends with the time by which it stands. A bound with a time is where the next one
// begins if this one is not full.
func (s *Store) boundedPage(
	ctx context.Context, f JobFilter, sql string, args []any, bound JobPlace, most int,
) (JobPage, error) {
	type placed struct {
		Row

		at time.Time
	}

	found, err := list(ctx, s, sql, args, func(row pgx.Rows, one *placed) error { return one.scan(row, nullTime(&one.at)) })
	if err != nil {
		return JobPage{}, err
	}

	page := f.paged(column(found, func(p placed) Row { return p.Row }), func(i int) time.Time { return found[i].at.UTC() })

	if page.Next.At.IsZero() && !bound.At.IsZero() {
		page.Next, page.Looked = JobPlace{At: bound.At.UTC(), JobID: bound.JobID}, most
	}

	return page, nil
}
