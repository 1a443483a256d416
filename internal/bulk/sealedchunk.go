package bulk

import "enroll.example/clicktopay/pkg/jobs"

// sealedChunk is a chunk of which each row has become a job or a reject.
type sealedChunk struct {
	*chunk

	jobs      []jobs.Job
	rejects   []*reject
	rejectsAt rejectsMark // of the rejects file with those of this chunk
}

// sealChunk makes a job or a reject of each row.
func (s *rowSealer) sealChunk(c *sealedChunk) error {
	c.jobs = make([]jobs.Job, 0, len(c.records))

	for i, record := range c.records {
		number := c.first + int64(i)

		job, rejected, err := s.seal(record, number)

		switch {
		case err != nil:
			return err
		case rejected != nil:
			rejected.row = number
			c.rejects = append(c.rejects, rejected)
		default:
			c.jobs = append(c.jobs, job)
		}
	}

	return nil
}

// outcome is what is left to know of the chunk when its rows are settled.
func (c *sealedChunk) outcome(receipt jobs.Receipt) settledRows {
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
