package check

import (
	"context"
	"errors"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/outstream"
)

// Options say what to check, and how.
type Options struct {
	Input       cardfile.Input
	Names       []columns.RunName // kept in clear with every row
	Ending      Ending
	Workers     int
	RejectsPath string
	Stream      *outstream.Stream // which the rejects go to; nil for a file
	Now         func() time.Time
	// Report is called after each chunk with what was found so far and the bytes that were read.
	Report func(found Findings, bytes int64)

	Reject   bool            // write the rejects file
	Find     bool            // find duplicates at the end
	Window   bool            // find them on the way
	Repeated *duplicates.Set // they have been found before
}

// Run reads a source to its end.
func Run(ctx context.Context, source cardfile.Source, o Options) (found Findings, err error) {
	begin := o.Now()

	t, err := columns.Open(ctx, source, o.Input, o.Names)
	if err != nil {
		return Findings{}, err
	}
	defer t.Close()

	p, err := newCheckPass(t, o)
	if err != nil {
		return Findings{}, err
	}
	defer func() { err = errors.Join(err, p.finder.Close()) }()

	p.report = func(c *columns.Chunk) {
		p.found.Elapsed = o.Now().Sub(begin)
		o.Report(p.found, c.End)
	}

	if err := p.run(ctx, o.Workers); err != nil {
		return Findings{}, errors.Join(err, p.rejects.Discard())
	}

	unsure, err := VerifyEnd(t, p.found.Rows, o.Ending, o.Input.Trailer)
	if err != nil {
		return Findings{}, errors.Join(err, p.rejects.Discard())
	}

	if p.found.RejectsPath, err = p.rejects.Finish(true); err != nil {
		return Findings{}, err
	}

	if err := p.finish(ctx, o); err != nil {
		return Findings{}, err
	}

	p.found.Warnings = append(p.found.Warnings, unsure...)
	p.found.Elapsed = o.Now().Sub(begin)

	return p.found, nil
}

// finish adds the findings that are known only at the end.
func (p *checkPass) finish(ctx context.Context, o Options) error {
	p.found.Warnings = p.warnings.warnings()
	p.found.Checked = p.table.Hasher.Extent()
	p.found.SourceSHA256 = p.found.Checked.Hash[:]
	_, p.found.Unended = p.table.Records.Unended()

	if p.window.Full() {
		p.found.Notes = append(p.found.Notes, noteWindowFull)
	}

	p.found.Notes = append(p.found.Notes, EncodingNotes(p.table.Text)...)

	if o.Find {
		if err := p.findRepeated(ctx); err != nil {
			return err
		}
	}

	p.found.Reasons = p.reasons.Sorted()

	return nil
}

// findRepeated counts the rows that repeat one before them with those that are rejected.
func (p *checkPass) findRepeated(ctx context.Context) error {
	var err error
	if p.found.Repeated, err = p.finder.Find(ctx); err != nil {
		return err
	}

	if n := p.found.Repeated.Len(); n > 0 {
		p.found.Rejected += n
		p.found.ByCode[columns.CodeDuplicate] += n
		p.reasons.Count(rejects.Reason{Code: columns.CodeDuplicate, Text: rejects.RepeatsEarlier, Rows: n})
	}

	return nil
}
