package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/settings"
)

// each works on one file after the other. One that fails does not stop the next, and the worst is the end of all.
func each(ctx context.Context, streams Streams, files []cardFile, work func(cardFile) (bulk.Summary, error)) error {
	if len(files) == 1 {
		_, err := work(files[0])

		return err
	}

	var (
		total    bulk.Summary
		failed   []string
		rejected bool
	)

	for i, file := range files {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %d of %d files not begun, the first of them %s; the same command again goes on",
				len(files)-i, len(files), file.path)
		}

		fmt.Fprintf(streams.Out, "%s as batch %s\n", settings.Masked(file.path), file.batch)

		summary, err := work(file)
		total = total.And(summary)

		switch {
		case errors.Is(err, errRejected):
			rejected = true
		case err != nil:
			failed = append(failed, file.path)

			streams.note(err.Error())
		}
	}

	fmt.Fprintf(streams.Out, "%d files", len(files))

	if total.RowsRead > 0 {
		fmt.Fprint(streams.Out, ", ")
		printCounts(streams, total)
	} else {
		fmt.Fprintln(streams.Out)
	}

	switch {
	case len(failed) > 0:
		return fmt.Errorf("%d of %d files are not complete: %s", len(failed), len(files), strings.Join(failed, ", "))
	case rejected:
		return errRejected
	default:
		return nil
	}
}
