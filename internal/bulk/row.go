package bulk

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// rowSealer makes jobs of rows. It is safe for concurrent use.
type rowSealer struct {
	layout         layout
	sealer         *jobs.Sealer
	program, batch string
	notAfter       time.Time
}

// seal makes the job of a row, or says why there is none. The error is about
// the seal and not about the row.
func (s *rowSealer) seal(record records.Record, row int64) (jobs.Job, *reject, error) {
	if record.Fault != records.None {
		return jobs.Job{}, malformed(record, len(s.layout.columns)), nil
	}

	d := draft{job: jobs.Job{ID: JobID(s.batch, row), Program: s.program, Batch: s.batch, NotAfter: s.notAfter}}
	if r := s.layout.fill(&d, record); r != nil {
		return jobs.Job{}, r, nil
	}

	job, err := s.sealer.Seal(d.job, d.payload)
	if err == nil {
		// The keys of a job come from the row. Checked here, they cost one row and not the batch that it is published in.
		err = job.Check()
	}

	var problem *jobs.Problem

	switch {
	case errors.As(err, &problem):
		return jobs.Job{}, s.layout.refused(record, problem), nil
	case err != nil:
		return jobs.Job{}, nil, fmt.Errorf("line %d: %w", record.Line, err)
	}

	return job, nil, nil
}

// fill puts the values of a row where they belong. An empty cell is a value that is absent.
func (l layout) fill(d *draft, record records.Record) *reject {
	for i, c := range l.columns {
		value := strings.TrimSpace(record.Fields[i])

		switch {
		case c.name == "":
			continue
		case !utf8.ValidString(value):
			return &reject{
				line: record.Line, column: c.name, code: CodeNotUTF8, fields: record.Fields,
				reason: "is not UTF-8; save the file as CSV UTF-8",
			}
		case strings.ContainsFunc(value, unprintable):
			return &reject{
				line: record.Line, column: c.name, code: CodeControlCharacter, fields: record.Fields,
				reason: "has a control character in it",
			}
		case value != "":
			c.set(d, value)
		case c.required:
			return &reject{
				line: record.Line, column: c.name, code: string(jobs.ReasonInvalidField), fields: record.Fields,
				reason: c.missing(),
			}
		}
	}

	return nil
}

// unprintable reports whether r is a control character that no text has. Line breaks and tabs occur in addresses.
func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
