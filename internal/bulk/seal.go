package bulk

import (
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/jobs"
)

// rowSealer makes jobs of rows. It is safe for concurrent use.
type rowSealer struct {
	layout         *columns.Layout
	sealer         *jobs.Sealer
	program, batch string
	notAfter       time.Time
	// origin identifies file, settings and key, from which every job follows; empty when the file has no hash. See jobs.Job.From.
	origin string
	now    columns.ExpiryClock
	// repeated are the rows that repeat one before them.
	repeated interface {
		Repeats(row int64) (line int64, repeats bool)
	}
}

// seal makes the job of a row, or says why there is none. The error is about
// the seal or the source and not about the row.
func (s *rowSealer) seal(record records.Record, number int64) (jobs.Job, *rejects.Reject, error) {
	r, err := s.layout.Examine(record, s.now)
	if err != nil {
		return jobs.Job{}, nil, err
	}

	if len(r.Problems) > 0 {
		return jobs.Job{}, rejects.New(record, r.Fields, r.Problems...), nil
	}

	if line, again := s.repeated.Repeats(number); again {
		return jobs.Job{}, rejects.Duplicate(record, r.Fields, line), nil
	}

	d := s.layout.Draft(r, jobs.Job{ID: JobID(s.batch, number), Program: s.program, Batch: s.batch, NotAfter: s.notAfter})

	job, err := s.sealer.Seal(d.Job, d.Payload)
	if err == nil {
		// The keys of a job come from the row. Checked here, they cost one row and not the batch that it is published in.
		err = job.Check(s.layout.CardLike...)
	}

	var refused *jobs.Problem

	switch {
	case errors.As(err, &refused):
		return jobs.Job{}, rejects.New(record, r.Fields, s.layout.SealProblem(refused)), nil
	case err != nil:
		return jobs.Job{}, nil, fmt.Errorf("line %d: %w", record.Line, err)
	}

	if s.origin != "" {
		job = job.From(s.origin)
	}

	return job, nil, nil
}
