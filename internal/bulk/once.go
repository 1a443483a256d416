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

// passing looks at the rows of a source that can be read only once, on their
// way to be sealed. Sealing takes many times as long, so that this may be the work of the one who reads.
type passing struct {
	layout *layout
	now    expiryClock
	key    *duplicates.Key
	doubts *doubts

	window *duplicates.Window
	tally  tally

	mu       sync.Mutex
	repeated map[int64]int64 // rows on their way that repeat one before them, and the lines of those
}

func newPassing(t *table, now expiryClock) (*passing, error) {
	d, err := newDoubts()

	return &passing{
		layout: t.layout, now: now, key: duplicates.NewKey(), doubts: d,
		window: duplicates.NewWindow(duplicates.MaxWindow), repeated: map[int64]int64{},
	}, err
}

// look is for one goroutine. What is wrong with a row is found again where it is sealed.
func (p *passing) look(record records.Record, number int64) {
	r, err := p.layout.examine(record, p.now)
	if err != nil || len(r.problems) > 0 {
		return
	}

	if line, again := p.window.Seen(r.identity(p.key), record.Line); again {
		p.mu.Lock()
		defer p.mu.Unlock()

		p.repeated[number] = line

		return
	}

	p.tally.add(p.doubts.about(r), record.Line)
}

// Repeats reports whether a row repeats one before it. Each row is asked for once.
func (p *passing) Repeats(number int64) (line int64, repeats bool) {
	p.mu.Lock()
	defer p.mu.Unlock()

	line, repeats = p.repeated[number]
	delete(p.repeated, number)

	return line, repeats
}

// findings are the warnings, and what could not be looked at.
func (p *passing) findings() (warnings []Warning, notes []string) {
	if p == nil {
		return nil, nil
	}

	if p.window.Full() {
		notes = []string{noteWindowFull}
	}

	return p.tally.warnings(), notes
}

// watch has the rows of a source that was not checked looked at while they pass.
func (s *rowSealer) watch(t *table, f Findings) (p *passing, err error) {
	if f.SourceSHA256 == nil {
		p, err = newPassing(t, s.now)
		s.repeated, t.look = p, p.look
	}

	return p, err
}

// late makes of a fault that was to be found before anything is sent one that was found on the way.
func late(err error) error {
	if fault, is := errors.AsType[*FileError](err); is {
		return fmt.Errorf("%s", fault.Error())
	}

	return err
}
