package bulk

import (
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/jobs"
)

// sealedChunk is a chunk of which each row has become a job or a reject.
type sealedChunk struct {
	*columns.Chunk

	jobs      []jobs.Job
	rejects   []*rejects.Reject
	rejectsAt rejects.Mark // of the rejects file with those of this chunk
}

// sealChunk makes a job or a reject of each row.
func (s *rowSealer) sealChunk(c *sealedChunk) error {
	c.jobs = make([]jobs.Job, 0, len(c.Records))

	for i, record := range c.Records {
		number := c.First + int64(i)

		job, rejected, err := s.seal(record, number)

		switch {
		case err != nil:
			return err
		case rejected != nil:
			rejected.Row = number
			c.rejects = append(c.rejects, rejected)
		default:
			c.jobs = append(c.jobs, job)
		}
	}

	return nil
}

// outcome summarises the chunk when its rows are settled.
func (c *sealedChunk) outcome(receipt jobs.Receipt) settledRows {
	s := settledRows{
		first:   c.First,
		to:      columns.Position{Row: c.Last(), Line: c.LastLine(), Next: c.Next, Offset: c.End},
		counts:  counts{Rejected: int64(len(c.rejects)), Published: receipt.Stored, Duplicates: receipt.Duplicates},
		rejects: c.rejectsAt,
	}

	if len(c.rejects) > 0 {
		s.counts.ByCode = map[string]int64{}
	}

	for _, r := range c.rejects {
		for _, code := range r.Codes() {
			s.counts.ByCode[code]++
		}
	}

	return s
}
