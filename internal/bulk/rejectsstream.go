package bulk

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/internal/outstream"
)

// openStream opens what the rejects go to where that is no file; nil where it is one. It is opened before the source is looked
// at: a pipe waits for its reader, and that ends without a reject too.
func (o Options) openStream(ctx context.Context) (*outstream.Stream, error) {
	is, err := outstream.Is(o.RejectsPath)
	if err != nil || !is {
		return nil, rejectsError(err)
	}

	stream, err := outstream.Open(ctx, o.RejectsPath, o.Warn)

	return stream, rejectsError(err)
}

func rejectsError(err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("the rejects file: %w", err)
}

// finishStream writes what is left for a stream, which its owner closes. A run that has rejected nothing has written nothing.
func (f *rejectsFile) finishStream() (string, error) {
	if f.csv == nil {
		return "", nil
	}

	if f.failed { // which was said
		return f.path, nil
	}

	_, err := f.flush()

	return f.path, err
}

// warnPartialRejects says that the rejects of a resumed run are not all in one place: this run cannot repeat what an earlier
// one has written to a stream, and does not write to a stream what that has written to a file.
func (o Options) warnPartialRejects(from *checkpoint) {
	if o.stream == nil && (from.Counts.Rejected == 0 || from.Rejects.Bytes > 0) {
		return
	}

	o.Warn(fmt.Sprintf("%s gets the rejects of this run only, those behind row %d, to which an earlier run had come; "+
		"all of them: submit outcomes %s --status not_sent", o.RejectsPath, from.Settled.Row, o.Batch))
}
