package bulk

import (
	"maps"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/jobs"
)

// Progress is how far a run has come.
type Progress struct {
	Rows, Rejected, Published, Duplicates int64
	// Before is how many of the rows an earlier run has settled.
	Before int64
	// Bytes of Size have been read; Size is 0 when it is not known.
	Bytes, Size int64
	// Elapsed is the time since the start.
	Elapsed time.Duration
}

// Rate is the number of rows that this run has dealt with per second, on average since its begin.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}

	return float64(p.Rejected+p.Published+p.Duplicates-p.Before) / p.Elapsed.Seconds()
}

// Summary is what became of a file, in this run and in the runs that it resumes.
type Summary struct {
	// ResumedAfter is the row up to which an earlier run had come, 0 when this one began at the first row.
	ResumedAfter int64
	// RowsRead is the number of rows that were looked at. Each is rejected,
	// published, a duplicate or, when the run did not come to its end, unconfirmed.
	RowsRead int64
	// Rejected rows were not sent; ByCode counts them by reason, those with several for each.
	Rejected int64
	ByCode   map[string]int64
	// Reasons count those of this run by column and reason, and say where the first ones are.
	Reasons []rejects.Reason
	// Published rows are new on the queue, Duplicates were there from an earlier run.
	Published, Duplicates int64
	// SettledRow is the last row of which, and of all those before it, it is
	// certain that they are on the queue or rejected; it begins on SettledLine.
	SettledRow, SettledLine int64
	// Interrupted says that the caller's context ended the run.
	Interrupted bool
	// RejectsPath is the file with the rejected rows, empty when there are none.
	// While a run can be resumed, the file is still under its partial name.
	RejectsPath string
	// StatePath is the checkpoint from which the same call resumes, empty when the file
	// is complete or none could be kept.
	StatePath string
	// SourceSHA256 is the hash of the whole source, nil when it was not read to its end.
	SourceSHA256 []byte
	// Remainder is the part of a file that was not checked, and so not sent.
	Remainder cardfile.Remainder
	// Warnings are about a source that could be read only once. For others they are in the findings, as most notes are.
	Warnings []check.Warning
	Notes    []string
	Elapsed  time.Duration
}

// Unconfirmed is the number of rows that were sent, or about to be, and of which
// the server has not said that it has them. Submitting the file again settles them.
func (s Summary) Unconfirmed() int64 { return s.RowsRead - s.Rejected - s.Published - s.Duplicates }

// And returns the counts of two files together.
func (s Summary) And(other Summary) Summary {
	sum := Summary{
		RowsRead:   s.RowsRead + other.RowsRead,
		Rejected:   s.Rejected + other.Rejected,
		ByCode:     map[string]int64{},
		Published:  s.Published + other.Published,
		Duplicates: s.Duplicates + other.Duplicates,
		Elapsed:    s.Elapsed + other.Elapsed,
	}

	for _, counts := range []map[string]int64{s.ByCode, other.ByCode} {
		for code, n := range counts {
			sum.ByCode[code] += n
		}
	}

	return sum
}

// runCounts counts what happens to the rows.
type runCounts struct {
	report func(Progress)
	since  func() time.Duration
	size   int64

	mu      sync.Mutex
	summary Summary
	reasons rejects.Reasons
	bytes   int64
	// ahead are settled stretches with an unsettled row before them, by their first row.
	ahead map[int64]settledRows
	// settledUpTo, kept and rejects are about the rows before the first unsettled one.
	settledUpTo   columns.Position
	settledCounts counts
	rejects       rejects.Mark
}

// settledRows is some rows in a row that are settled.
type settledRows struct {
	first   int64
	to      columns.Position
	counts  counts
	rejects rejects.Mark
}

func (t *counts) add(more counts) {
	t.Rejected += more.Rejected
	t.Published += more.Published
	t.Duplicates += more.Duplicates

	for code, n := range more.ByCode {
		t.ByCode[code] += n
	}
}

// newRunCounts begins to count now, from where an earlier run was when there is a checkpoint of it.
func newRunCounts(size int64, o Options, from *checkpoint) *runCounts {
	begin := o.Now()

	a := &runCounts{
		report:        o.OnProgress,
		since:         func() time.Duration { return o.Now().Sub(begin) },
		size:          size,
		summary:       Summary{ByCode: map[string]int64{}},
		ahead:         map[int64]settledRows{},
		settledCounts: counts{ByCode: map[string]int64{}},
	}

	if from != nil {
		a.settledUpTo, a.rejects = from.Settled, from.Rejects
		a.settledCounts.add(from.Counts)

		a.bytes = from.Settled.Offset
		a.summary = Summary{
			ResumedAfter: from.Settled.Row, RowsRead: from.Settled.Row,
			Rejected: a.settledCounts.Rejected, ByCode: maps.Clone(a.settledCounts.ByCode),
			Published: a.settledCounts.Published, Duplicates: a.settledCounts.Duplicates,
		}
	}

	return a
}

// addRead counts the rows of a chunk, its rejects being on file.
func (a *runCounts) addRead(c *sealedChunk) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.summary.RowsRead += int64(len(c.Records))
	a.summary.Rejected += int64(len(c.rejects))
	a.bytes = c.End

	for _, r := range c.rejects {
		a.reasons.Add(r)

		for _, code := range r.Codes() {
			a.summary.ByCode[code]++
		}
	}
}

// addPublished counts what the server has confirmed of a chunk, which can be a part
// of it when publishing failed.
func (a *runCounts) addPublished(c *sealedChunk, receipt jobs.Receipt, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.summary.Published += receipt.Stored
	a.summary.Duplicates += receipt.Duplicates

	if err == nil {
		a.settle(c.outcome(receipt))
	}

	a.report(Progress{
		Rows:       a.summary.RowsRead,
		Rejected:   a.summary.Rejected,
		Published:  a.summary.Published,
		Duplicates: a.summary.Duplicates,
		Before:     a.summary.ResumedAfter,
		Bytes:      a.bytes,
		Size:       a.size,
		Elapsed:    a.since(),
	})
}

// settle moves the mark up to which all rows are settled. Chunks settle in any order.
func (a *runCounts) settle(s settledRows) {
	a.ahead[s.first] = s

	for {
		next, ok := a.ahead[a.settledUpTo.Row+1]
		if !ok {
			return
		}

		delete(a.ahead, next.first)
		a.settledUpTo, a.rejects = next.to, next.rejects
		a.settledCounts.add(next.counts)
	}
}

// settled returns the end of the rows that are settled up to the first that is not, and what became of them.
func (a *runCounts) settled() (columns.Position, counts, rejects.Mark) {
	a.mu.Lock()
	defer a.mu.Unlock()

	kept := a.settledCounts
	kept.ByCode = maps.Clone(kept.ByCode)

	return a.settledUpTo, kept, a.rejects
}

// total returns the counts so far.
func (a *runCounts) total() Summary {
	a.mu.Lock()
	defer a.mu.Unlock()

	s := a.summary
	s.ByCode = maps.Clone(s.ByCode)
	s.Reasons = a.reasons.Sorted()
	s.SettledRow, s.SettledLine = a.settledUpTo.Row, a.settledUpTo.Line
	s.Elapsed = a.since()

	return s
}
