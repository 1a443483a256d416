package bulk

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
)

// Check looks at every row of a source, and writes the rejects file, without
// sending anything. It needs neither a destination nor a program or batch. A
// *FileError means that the source as a whole cannot be taken.
//
// What is read once, as a pipe, is checked as it passes: duplicates are looked for in bounded memory.
func Check(ctx context.Context, source cardfile.Source, o Options) (check.Findings, error) {
	o = o.withDefaults(source.Name)
	begin := o.Now()

	if err := o.checkFor(source); err != nil {
		return check.Findings{}, err
	}

	var err error
	if o.stream, err = rejects.OpenStream(ctx, o.RejectsPath, o.Warn); err != nil {
		return check.Findings{}, err
	}
	defer o.stream.Close() //nolint:errcheck // each write was waited for

	back, origin := source.Rewindable(), source.StartOffset()
	// What is in a stream cannot be written again.
	how := o.checking(source)
	how.Reject, how.Find, how.Window = o.stream == nil || back == nil, back != nil, back == nil

	found, err := check.Run(ctx, source, how)
	if err == nil && (found.Repeated.Len() > 0 || !how.Reject && found.Rejected > 0) {
		// Which rows repeat another is known only now: the rejects are written again, with them.
		if err = back(); err == nil {
			source.Checked = found.Checked
			found, err = o.rejectRepeated(ctx, source, found)
		}
	}

	if left, _ := source.Remainder(found.Checked, origin); left.Appended > 0 { // of a file that was just read
		found.Notes = append(found.Notes, fmt.Sprintf("%d bytes were appended to %s while it was checked, and were not looked at",
			left.Appended, source.Name))
	}

	found.Elapsed = o.Now().Sub(begin)

	// What is read once is sent on its way, unless its end is to be seen first.
	if err == nil && (back != nil || o.mustSeeEnd()) && found.TooFew(o.MinGood) {
		found.Refused = found.TooManyRejected(o.MinGood)
	}

	if err == nil && back != nil && found.Refused == "" {
		found.Refused = o.checkpointConflict(source, found)
	}

	return found, err
}

// checkBeforeSending checks a source that is about to be sent and goes back to its
// begin. Of one that can be read only once it finds nothing.
func checkBeforeSending(ctx context.Context, source cardfile.Source, o Options) (check.Findings, error) {
	back := source.Rewindable()
	if back == nil {
		return check.Findings{}, nil
	}

	how := o.checking(source)
	how.Find = true

	found, err := check.Run(ctx, source, how)
	if err != nil {
		return check.Findings{}, err
	}

	if err := back(); err != nil {
		return check.Findings{}, err
	}

	source.Checked = found.Checked

	if found.TooFew(o.MinGood) {
		found, err = o.rejectRepeated(ctx, source, found)
		if err == nil {
			o.OnRefused(found)
			err = found.Refusal(source.Name)
		}

		return check.Findings{}, err
	}

	o.OnChecked(found)

	return found, nil
}

// rejectRepeated checks a source again, now that it is known which rows repeat another, and writes all rejects.
func (o Options) rejectRepeated(ctx context.Context, source cardfile.Source, found check.Findings) (check.Findings, error) {
	how := o.checking(source)
	how.Reject, how.Repeated = true, found.Repeated

	return check.Run(ctx, source, how)
}

// checking are the settings of a check.
func (o Options) checking(source cardfile.Source) check.Options {
	return check.Options{
		Input: o.Input, Names: columns.RunNames(o.Batch, o.Program, source.Name), Ending: o.Ending, Workers: o.Sealers,
		RejectsPath: o.RejectsPath, Stream: o.stream, Now: o.Now,
		Report: func(found check.Findings, bytes int64) {
			o.OnCheck(Progress{
				Rows: found.Rows, Rejected: found.Rejected, Bytes: bytes, Size: source.Size, Elapsed: found.Elapsed,
			})
		},
	}
}
