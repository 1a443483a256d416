package check

import (
	"context"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/inorder"
	"enroll.example/clicktopay/internal/bulk/rejects"
)

// checkRows is how many rows go through a check together.
const checkRows = 500

// checkPass is a way through a source on which every row is looked at.
type checkPass struct {
	table    *columns.Reader
	now      columns.ExpiryClock
	warns    *warningRules
	key      *duplicates.Key
	repeated *duplicates.Set // known before
	report   func(*columns.Chunk)

	// Of count, which runs once at a time.
	finder   *duplicates.Finder // nil when duplicates are not to be found at the end
	window   *duplicates.Window // nil when they are not to be found on the way
	rejects  *rejects.File      // nil when they are not to be written
	found    Findings
	warnings warningCounts
	reasons  rejects.Reasons
}

func newCheckPass(t *columns.Reader, o Options) (*checkPass, error) {
	p := &checkPass{
		table: t, now: columns.NewExpiryClock(o.Now()), key: duplicates.NewKey(), repeated: o.Repeated,
		found: Findings{ByCode: map[string]int64{}},
	}

	if o.Find {
		p.finder = duplicates.NewFinder("")
	}

	if o.Window {
		p.window = duplicates.NewWindow(duplicates.MaxWindow)
	}

	var err error
	if p.warns, err = newWarningRules(); err != nil {
		return nil, err
	}

	if o.Reject {
		p.rejects, err = rejects.NewFile(o.RejectsPath, o.Stream, rejects.CheckingSuffix, t.Layout, false)
	}

	return p, err
}

// checkedChunk is a chunk with what was found out about its rows.
type checkedChunk struct {
	*columns.Chunk

	rows   []columns.Row
	checks []rowCheck
}

// rowCheck is kept of each good row.
type rowCheck struct {
	hash  uint64
	warns [warningCount]bool
}

// run is the way of every row of a check: read, examined beside others, counted in the order of the file.
func (p *checkPass) run(ctx context.Context, workers int) error {
	return inorder.Run(ctx, workers, inorder.Steps[*checkedChunk]{
		Read: func() (*checkedChunk, error) {
			c, err := p.table.ReadChunk(checkRows)

			return &checkedChunk{Chunk: c}, err
		},
		Work: p.examine,
		Take: func(_ context.Context, c *checkedChunk) error { return p.count(c) },
	})
}

// examine looks at the rows of a chunk.
func (p *checkPass) examine(c *checkedChunk) error {
	c.rows, c.checks = make([]columns.Row, len(c.Records)), make([]rowCheck, len(c.Records))

	for i, record := range c.Records {
		r, err := p.table.Layout.Examine(record, p.now)
		if err != nil {
			return err
		}

		if len(r.Problems) == 0 {
			c.checks[i].warns = p.warns.check(r)

			if p.finder != nil || p.window != nil {
				c.checks[i].hash = r.DuplicateKey(p.key)
			}
		}

		r.Values = nil // looked at for the last time
		c.rows[i] = r
	}

	return nil
}

// count takes the rows of a chunk in their order.
func (p *checkPass) count(c *checkedChunk) error {
	for i, record := range c.Records {
		number := c.First + int64(i)

		r := c.rows[i]

		var rejected *rejects.Reject

		if len(r.Problems) > 0 {
			rejected = rejects.New(record, r.Fields, r.Problems...)
		} else if line, again := p.repeats(c.checks[i].hash, number, record.Line); again {
			rejected = rejects.Duplicate(record, r.Fields, line)
		}

		if rejected != nil {
			if err := p.reject(rejected); err != nil {
				return err
			}

			continue
		}

		p.warnings.add(c.checks[i].warns, record.Line)

		if err := p.finder.Add(c.checks[i].hash, number, record.Line); err != nil {
			return err
		}
	}

	p.found.Rows = c.Last()
	p.report(c.Chunk)

	return nil
}

func (p *checkPass) repeats(hash uint64, row, line int64) (earlier int64, again bool) {
	if earlier, again := p.repeated.Repeats(row); again {
		return earlier, again
	}

	return p.window.Seen(hash, line)
}

func (p *checkPass) reject(r *rejects.Reject) error {
	p.found.Rejected++
	p.reasons.Add(r)

	for _, code := range r.Codes() {
		p.found.ByCode[code]++
	}

	return p.rejects.Add(r)
}
