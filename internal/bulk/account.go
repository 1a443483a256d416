package bulk

import (
	"maps"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

// Progress is how far a run has come.
type Progress struct {
	Rows, Rejected, Published, Duplicates int64
	// Bytes of Size have been read; Size is 0 when it is not known.
	Bytes, Size int64
	// Elapsed is the time since the begin.
	Elapsed time.Duration
}

// Rate is the number of rows that were dealt with per second, on average since the begin.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}

	return float64(p.Rejected+p.Published+p.Duplicates) / p.Elapsed.Seconds()
}

// Summary is what became of a file.
type Summary struct {
	// RowsRead is the number of rows that were looked at. Each is rejected,
	// published, a duplicate or, when the run did not come to its end, unconfirmed.
	RowsRead int64
	// Rejected rows were not sent; ByCode counts them by reason, those with several for each.
	Rejected int64
	ByCode   map[string]int64
	// Published rows are new on the queue, Duplicates were there from an earlier run.
	Published, Duplicates int64
	// SettledRow is the last row of which, and of all those before it, it is
	// certain that they are on the queue or rejected; it begins on SettledLine.
	SettledRow, SettledLine int64
	// Interrupted says that the caller's context ended the run.
	Interrupted bool
	// RejectsPath is the file with the rejected rows, empty when there are none.
	RejectsPath string
	// SourceSHA256 is the hash of the whole source, nil when it was not read to its end.
	SourceSHA256 []byte
	// Warnings and Notes are those of a source that could be read only once: of others the findings have them.
	Warnings []Warning
	Notes    []string
	Elapsed  time.Duration
}

// Unconfirmed is the number of rows that were sent, or about to be, and of which
// the server has not said that it has them. Submitting the file again settles them.
func (s Summary) Unconfirmed() int64 { return s.RowsRead - s.Rejected - s.Published - s.Duplicates }

// account counts what happens to the rows.
type account struct {
	report func(Progress)
	since  func() time.Duration
	size   int64

	mu      sync.Mutex
	summary Summary
	bytes   int64
	// waiting are settled chunks with an unsettled one before them, by their first row.
	waiting map[int64]*chunk
}

// newAccount begins to count now.
func newAccount(size int64, o Options) *account {
	begin := o.Now()

	return &account{
		report:  o.OnProgress,
		since:   func() time.Duration { return o.Now().Sub(begin) },
		size:    size,
		summary: Summary{ByCode: map[string]int64{}},
		waiting: map[int64]*chunk{},
	}
}

// read counts the rows of a chunk, its rejects being on file.
func (a *account) read(c *chunk) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.summary.RowsRead += int64(len(c.records))
	a.summary.Rejected += int64(len(c.rejects))
	a.bytes = c.end

	for _, r := range c.rejects {
		for _, code := range r.codes() {
			a.summary.ByCode[code]++
		}
	}
}

// published counts what the server has confirmed of a chunk, which can be a part
// of it when publishing failed.
func (a *account) published(c *chunk, receipt jobs.Receipt, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.summary.Published += receipt.Stored
	a.summary.Duplicates += receipt.Duplicates

	if err == nil {
		a.settle(c)
	}

	a.report(Progress{
		Rows:       a.summary.RowsRead,
		Rejected:   a.summary.Rejected,
		Published:  a.summary.Published,
		Duplicates: a.summary.Duplicates,
		Bytes:      a.bytes,
		Size:       a.size,
		Elapsed:    a.since(),
	})
}

// settle moves the mark up to which all rows are settled. Chunks settle in any order.
func (a *account) settle(c *chunk) {
	a.waiting[c.first] = c

	for {
		next, ok := a.waiting[a.summary.SettledRow+1]
		if !ok {
			return
		}

		delete(a.waiting, next.first)
		a.summary.SettledRow, a.summary.SettledLine = next.last(), next.lastLine()
	}
}

// total returns the counts so far.
func (a *account) total() Summary {
	a.mu.Lock()
	defer a.mu.Unlock()

	s := a.summary
	s.ByCode = maps.Clone(s.ByCode)
	s.Elapsed = a.since()

	return s
}
