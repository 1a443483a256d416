package bulk

import (
	"context"

	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/inorder"
)

// checkRows is how many rows go through a check together.
const checkRows = 500

// checkPass is a way through a source on which every row is looked at.
type checkPass struct {
	table    *rowReader
	now      expiryClock
	warns    *warningRules
	key      *duplicates.Key
	repeated *duplicates.Set // known before
	report   func(*chunk)

	// Of count, which runs once at a time.
	finder   *duplicates.Finder // nil when duplicates are not to be found at the end
	window   *duplicates.Window // nil when they are not to be found on the way
	rejects  *rejectsFile       // nil when they are not to be written
	found    Findings
	warnings warningCounts
	reasons  reasons
}

func newCheckPass(t *rowReader, o Options, how checkOptions) (*checkPass, error) {
	p := &checkPass{
		table: t, now: newExpiryClock(o.Now()), key: duplicates.NewKey(), repeated: how.repeated,
		found: Findings{ByCode: map[string]int64{}},
	}

	if how.find {
		p.finder = duplicates.NewFinder("")
	}

	if how.window {
		p.window = duplicates.NewWindow(duplicates.MaxWindow)
	}

	var err error
	if p.warns, err = newWarningRules(); err != nil {
		return nil, err
	}

	if how.reject {
		p.rejects, err = newRejectsFile(o, checkingSuffix, t.layout, false)
	}

	return p, err
}

// checkedChunk is a chunk with what was found out about its rows.
type checkedChunk struct {
	*chunk

	rows   []row
	checks []rowCheck
}

// rowCheck is what is kept of a good row.
type rowCheck struct {
	hash  uint64
	warns [warningCount]bool
}

// run is the way of every row of a check: read, examined beside others, counted in the order of the file.
func (p *checkPass) run(ctx context.Context, workers int) error {
	return inorder.Run(ctx, workers, inorder.Steps[*checkedChunk]{
		Read: func() (*checkedChunk, error) {
			c, err := p.table.chunk(checkRows)

			return &checkedChunk{chunk: c}, err
		},
		Work: p.examine,
		Take: func(_ context.Context, c *checkedChunk) error { return p.count(c) },
	})
}

// examine looks at the rows of a chunk.
func (p *checkPass) examine(c *checkedChunk) error {
	c.rows, c.checks = make([]row, len(c.records)), make([]rowCheck, len(c.records))

	for i, record := range c.records {
		r, err := p.table.layout.examine(record, p.now)
		if err != nil {
			return err
		}

		if len(r.problems) == 0 {
			c.checks[i].warns = p.warns.check(r)

			if p.finder != nil || p.window != nil {
				c.checks[i].hash = r.duplicateKey(p.key)
			}
		}

		r.values = nil // looked at for the last time
		c.rows[i] = r
	}

	return nil
}

// count takes the rows of a chunk in their order.
func (p *checkPass) count(c *checkedChunk) error {
	for i, record := range c.records {
		number := c.first + int64(i)

		r := c.rows[i]

		var rejected *reject

		if len(r.problems) > 0 {
			rejected = newReject(record, r.fields, r.problems...)
		} else if line, again := p.repeats(c.checks[i].hash, number, record.Line); again {
			rejected = duplicateOf(record, r.fields, line)
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

	p.found.Rows = c.last()
	p.report(c.chunk)

	return nil
}

func (p *checkPass) repeats(hash uint64, row, line int64) (earlier int64, again bool) {
	if earlier, again := p.repeated.Repeats(row); again {
		return earlier, again
	}

	return p.window.Seen(hash, line)
}

func (p *checkPass) reject(r *reject) error {
	p.found.Rejected++
	p.reasons.add(r)

	for _, code := range r.codes() {
		p.found.ByCode[code]++
	}

	return p.rejects.add(r)
}
