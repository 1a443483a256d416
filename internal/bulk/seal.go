package bulk

import (
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// rowSealer makes jobs of rows. It is safe for concurrent use.
type rowSealer struct {
	layout         *layout
	sealer         *jobs.Sealer
	program, batch string
	notAfter       time.Time
	// origin is what the content of every row follows from, empty when that is not known; see jobs.Job.From.
	origin string
	now    expiryClock
	// repeated are the rows that repeat one before them.
	repeated interface {
		Repeats(row int64) (line int64, repeats bool)
	}
}

// seal makes the job of a row, or says why there is none. The error is about
// the seal or the source and not about the row.
func (s *rowSealer) seal(record records.Record, number int64) (jobs.Job, *reject, error) {
	r, err := s.layout.examine(record, s.now)
	if err != nil {
		return jobs.Job{}, nil, err
	}

	if len(r.problems) > 0 {
		return jobs.Job{}, newReject(record, r.fields, r.problems...), nil
	}

	if line, again := s.repeated.Repeats(number); again {
		return jobs.Job{}, duplicateOf(record, r.fields, line), nil
	}

	d := s.layout.draft(r, jobs.Job{ID: JobID(s.batch, number), Program: s.program, Batch: s.batch, NotAfter: s.notAfter})

	job, err := s.sealer.Seal(d.job, d.payload)
	if err == nil {
		// The keys of a job come from the row. Checked here, they cost one row and not the batch that it is published in.
		err = job.Check(s.layout.cardLike...)
	}

	var refused *jobs.Problem

	switch {
	case errors.As(err, &refused):
		return jobs.Job{}, newReject(record, r.fields, s.layout.sealProblem(refused)), nil
	case err != nil:
		return jobs.Job{}, nil, fmt.Errorf("line %d: %w", record.Line, err)
	}

	if s.origin != "" {
		job = job.From(s.origin)
	}

	return job, nil, nil
}
