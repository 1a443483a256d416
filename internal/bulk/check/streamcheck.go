package check

import (
	"fmt"
	"sync"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/records"
)

//nolint:gochecknoglobals // a text with a number in it
var noteWindowFull = fmt.Sprintf("duplicates were looked for among the first %d good rows only: "+
	"standard input is read once, and no more of it is remembered; a file has no such limit", duplicates.MaxWindow)

// Stream looks at the rows of a source that can be read only once, on their
// way to be sealed. Sealing takes many times as long, so the reading goroutine can do this.
type Stream struct {
	layout *columns.Layout
	now    columns.ExpiryClock
	key    *duplicates.Key
	warns  *warningRules

	window   *duplicates.Window
	warnings warningCounts

	mu       sync.Mutex
	repeated map[int64]int64 // rows on their way that repeat one before them, and the lines of those
}

func NewStream(t *columns.Reader, now columns.ExpiryClock) (*Stream, error) {
	d, err := newWarningRules()

	return &Stream{
		layout: t.Layout, now: now, key: duplicates.NewKey(), warns: d,
		window: duplicates.NewWindow(duplicates.MaxWindow), repeated: map[int64]int64{},
	}, err
}

// Check is for one goroutine. What is wrong with a row is found again where it is sealed.
func (p *Stream) Check(record records.Record, number int64) {
	r, err := p.layout.Examine(record, p.now)
	if err != nil || len(r.Problems) > 0 {
		return
	}

	if line, again := p.window.Seen(r.DuplicateKey(p.key), record.Line); again {
		p.mu.Lock()
		defer p.mu.Unlock()

		p.repeated[number] = line

		return
	}

	p.warnings.add(p.warns.check(r), record.Line)
}

// Repeats reports whether a row repeats one before it. Each row is asked for once.
func (p *Stream) Repeats(number int64) (line int64, repeats bool) {
	p.mu.Lock()
	defer p.mu.Unlock()

	line, repeats = p.repeated[number]
	delete(p.repeated, number)

	return line, repeats
}

// Findings are the warnings, and what could not be looked at.
func (p *Stream) Findings() (warnings []Warning, notes []string) {
	if p == nil {
		return nil, nil
	}

	if p.window.Full() {
		notes = []string{noteWindowFull}
	}

	return p.warnings.warnings(), notes
}
