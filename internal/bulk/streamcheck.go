package bulk

import (
	"errors"
	"fmt"
	"sync"

	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/records"
)

//nolint:gochecknoglobals // a text with a number in it
var noteWindowFull = fmt.Sprintf("duplicates were looked for among the first %d good rows only: "+
	"standard input is read once, and no more of it is remembered; a file has no such limit", duplicates.MaxWindow)

// streamCheck looks at the rows of a source that can be read only once, on their
// way to be sealed. Sealing takes many times as long, so that this may be the work of the one who reads.
type streamCheck struct {
	layout *layout
	now    expiryClock
	key    *duplicates.Key
	warns  *warningRules

	window   *duplicates.Window
	warnings warningCounts

	mu       sync.Mutex
	repeated map[int64]int64 // rows on their way that repeat one before them, and the lines of those
}

func newStreamCheck(t *rowReader, now expiryClock) (*streamCheck, error) {
	d, err := newWarningRules()

	return &streamCheck{
		layout: t.layout, now: now, key: duplicates.NewKey(), warns: d,
		window: duplicates.NewWindow(duplicates.MaxWindow), repeated: map[int64]int64{},
	}, err
}

// check is for one goroutine. What is wrong with a row is found again where it is sealed.
func (p *streamCheck) check(record records.Record, number int64) {
	r, err := p.layout.examine(record, p.now)
	if err != nil || len(r.problems) > 0 {
		return
	}

	if line, again := p.window.Seen(r.duplicateKey(p.key), record.Line); again {
		p.mu.Lock()
		defer p.mu.Unlock()

		p.repeated[number] = line

		return
	}

	p.warnings.add(p.warns.check(r), record.Line)
}

// Repeats reports whether a row repeats one before it. Each row is asked for once.
func (p *streamCheck) Repeats(number int64) (line int64, repeats bool) {
	p.mu.Lock()
	defer p.mu.Unlock()

	line, repeats = p.repeated[number]
	delete(p.repeated, number)

	return line, repeats
}

// findings are the warnings, and what could not be looked at.
func (p *streamCheck) findings() (warnings []Warning, notes []string) {
	if p == nil {
		return nil, nil
	}

	if p.window.Full() {
		notes = []string{noteWindowFull}
	}

	return p.warnings.warnings(), notes
}

// checkStream has the rows of a source that was not checked looked at while they pass.
func (s *rowSealer) checkStream(t *rowReader, f Findings) (p *streamCheck, err error) {
	if f.SourceSHA256 == nil {
		p, err = newStreamCheck(t, s.now)
		s.repeated, t.onRow = p, p.check
	}

	return p, err
}

// postCheckError makes of a fault that was to be found before anything is sent one that was found on the way.
func postCheckError(err error) error {
	if fault, is := errors.AsType[*FileError](err); is {
		return fmt.Errorf("%s", fault.Error())
	}

	return err
}
