package bulk

import (
	"context"
	"errors"
	"fmt"

	"enroll.example/clicktopay/internal/bulk/duplicates"
)

// Check looks at every row of a source, and writes the rejects file, without
// sending anything. It needs neither a destination nor a program or batch. A
// *FileError means that the source as a whole cannot be taken.
//
// What is read once, as a pipe, is checked as it passes: duplicates are looked for in bounded memory.
func Check(ctx context.Context, source Source, o Options) (Findings, error) {
	o = o.withDefaults(source.Name)
	begin := o.Now()

	if err := o.checkFor(source); err != nil {
		return Findings{}, err
	}

	var err error
	if o.stream, err = o.openStream(ctx); err != nil {
		return Findings{}, err
	}
	defer o.stream.Close() //nolint:errcheck // each write was waited for

	back, origin := source.rewindable(), source.startOffset()
	// What is in a stream cannot be written again.
	how := checkOptions{reject: o.stream == nil || back == nil, find: back != nil, window: back == nil}

	found, err := checkSource(ctx, source, o, how)
	if err == nil && (found.repeated.Len() > 0 || !how.reject && found.Rejected > 0) {
		// Which rows repeat another is known only now: the rejects are written again, with them.
		if err = back(); err == nil {
			source.checked = found.checked
			found, err = checkSource(ctx, source, o, checkOptions{reject: true, repeated: found.repeated})
		}
	}

	if left, _ := source.remainder(found.checked, origin); left.Appended > 0 { // of a file that was just read
		found.Notes = append(found.Notes, fmt.Sprintf("%d bytes were appended to %s while it was checked, and were not looked at",
			left.Appended, source.Name))
	}

	found.Elapsed = o.Now().Sub(begin)

	// What is read once is sent on its way, unless its end is to be seen first.
	if err == nil && (back != nil || o.mustSeeEnd()) && found.tooFew(o) {
		found.Refused = found.tooManyRejected(o)
	}

	if err == nil && back != nil && found.Refused == "" {
		found.Refused = o.checkpointConflict(source, found)
	}

	return found, err
}

// checkBeforeSending checks a source that is about to be sent and goes back to its
// begin. Of one that can be read only once it finds nothing.
func checkBeforeSending(ctx context.Context, source Source, o Options) (Findings, error) {
	back := source.rewindable()
	if back == nil {
		return Findings{}, nil
	}

	found, err := checkSource(ctx, source, o, checkOptions{find: true})
	if err != nil {
		return Findings{}, err
	}

	if err := back(); err != nil {
		return Findings{}, err
	}

	source.checked = found.checked

	if found.tooFew(o) {
		found, err = checkSource(ctx, source, o, checkOptions{reject: true, repeated: found.repeated})
		if err == nil {
			o.OnRefused(found)
			err = found.refusal(source.Name)
		}

		return Findings{}, err
	}

	o.OnChecked(found)

	return found, nil
}

// checkOptions are the differences between the ways in which a source is checked.
type checkOptions struct {
	reject   bool            // write the rejects file
	find     bool            // find duplicates at the end
	window   bool            // find them on the way
	repeated *duplicates.Set // they have been found before
}

// checkSource reads a source to its end.
func checkSource(ctx context.Context, source Source, o Options, how checkOptions) (found Findings, err error) {
	begin := o.Now()

	t, err := openRows(ctx, source, o.Input)
	if err != nil {
		return Findings{}, err
	}
	defer t.close()

	p, err := newCheckPass(t, o, how)
	if err != nil {
		return Findings{}, err
	}
	defer func() { err = errors.Join(err, p.finder.Close()) }()

	p.report = func(c *chunk) {
		o.OnCheck(Progress{
			Rows: p.found.Rows, Rejected: p.found.Rejected, Bytes: c.end, Size: source.Size, Elapsed: o.Now().Sub(begin),
		})
	}

	if err := p.run(ctx, o.Sealers); err != nil {
		return Findings{}, errors.Join(err, p.rejects.discard())
	}

	unsure, err := t.checkEnd(p.found.Rows, o)
	if err != nil {
		return Findings{}, errors.Join(err, p.rejects.discard())
	}

	if p.found.RejectsPath, err = p.rejects.finish(true); err != nil {
		return Findings{}, err
	}

	if err := p.finish(ctx, how); err != nil {
		return Findings{}, err
	}

	p.found.Warnings = append(p.found.Warnings, unsure...)
	p.found.Elapsed = o.Now().Sub(begin)

	return p.found, nil
}

// finish adds what is known only at the end.
func (p *checkPass) finish(ctx context.Context, how checkOptions) error {
	p.found.Warnings = p.warnings.warnings()
	p.found.checked = p.table.hasher.extent()
	p.found.SourceSHA256 = p.found.checked.hash[:]
	_, p.found.unended = p.table.reader.Unended()

	if p.window.Full() {
		p.found.Notes = append(p.found.Notes, noteWindowFull)
	}

	if how.find {
		if err := p.findRepeated(ctx); err != nil {
			return err
		}
	}

	p.found.Reasons = p.reasons.sorted()

	return nil
}

// findRepeated counts the rows that repeat one before them with those that are rejected.
func (p *checkPass) findRepeated(ctx context.Context) error {
	var err error
	if p.found.repeated, err = p.finder.Find(ctx); err != nil {
		return err
	}

	if n := p.found.repeated.Len(); n > 0 {
		p.found.Rejected += n
		p.found.ByCode[CodeDuplicate] += n
		p.reasons.count(Reason{Code: CodeDuplicate, Text: repeatsEarlier, Rows: n})
	}

	return nil
}
