package bulk

import (
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/pkg/jobs"
)

// chunk is some rows in a row, on their way together.
type chunk struct {
	first   int64 // number of its first row
	end     int64 // offset in the source at which its last row has ended
	next    int64 // line on which the row after it can begin
	records []records.Record

	// Set when sealed is closed.
	sealed  chan struct{}
	jobs    []jobs.Job
	rejects []*reject
	err     error

	rejectsAt rejectsMark // of the rejects file with those of this chunk
}

// seal makes a job or a reject of each row.
func (c *chunk) seal(s *rowSealer) {
	defer close(c.sealed)

	c.jobs = make([]jobs.Job, 0, len(c.records))

	for i, record := range c.records {
		job, rejected, err := s.seal(record, c.first+int64(i))

		switch {
		case err != nil:
			c.err = err
			return
		case rejected != nil:
			rejected.row = c.first + int64(i)
			c.rejects = append(c.rejects, rejected)
		default:
			c.jobs = append(c.jobs, job)
		}
	}
}

// outcome is what is left to know of the chunk when its rows are settled.
func (c *chunk) outcome(receipt jobs.Receipt) settledRows {
	s := settledRows{
		first:   c.first,
		to:      position{Row: c.last(), Line: c.lastLine(), Next: c.next, Offset: c.end},
		counts:  counts{Rejected: int64(len(c.rejects)), Published: receipt.Stored, Duplicates: receipt.Duplicates},
		rejects: c.rejectsAt,
	}

	if len(c.rejects) > 0 {
		s.counts.ByCode = map[string]int64{}
	}

	for _, r := range c.rejects {
		for _, code := range r.codes() {
			s.counts.ByCode[code]++
		}
	}

	return s
}

// last is the number of its last row, lastLine the line on which that begins.
func (c *chunk) last() int64     { return c.first + int64(len(c.records)) - 1 }
func (c *chunk) lastLine() int64 { return c.records[len(c.records)-1].Line }
