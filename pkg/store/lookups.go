package store

import (
	"cmp"
	"context"
)

// existingRow is a row that was there, with what the decision on it depends on.
type existingRow struct {
	record
	turn // of a job that changes something

	canceled bool // its batch is
	doubtful bool // an attempt may have been processed, and nobody knows; looked up where a job is to end
}

// lookups are what entries of canceled batches need to be known of. For others, which are nearly all, there is
// nothing to look up.
type lookups struct {
	canceled map[string]Cancellation // by batch
	absent   map[string]bool         // jobs without a row that are not to get one
	doubtful map[string]bool         // jobs
}

func (w *writer) circumstances(ctx context.Context, entries []entry, found map[string]foundRow) (lookups, error) {
	var (
		c       lookups
		batches []string
		missing []string
		ending  []record
		err     error
	)

	for _, e := range entries {
		switch row, ok := found[e.job.ID]; {
		case !ok && (e.canceledBy() != "" || e.turn != turn{}):
			batches, missing = append(batches, e.canceledBy()), append(missing, e.job.ID)
		case ok && row.canceled:
			batches = append(batches, row.BatchID)
		case ok && !row.inserted && e.lease == 0 && row.Attempts > 0:
			ending = append(ending, row.record)
		}
	}

	if batches = distinct(batches); len(batches) > 0 {
		if c.canceled, err = w.cancellations(ctx, batches); err != nil {
			return c, err
		}
	}

	// One that another transaction holds is missing as well: it is tried again.
	if len(missing) > 0 {
		if c.absent, err = w.absent(ctx, missing, nil); err != nil {
			return c, err
		}
	}

	c.doubtful, err = w.doubtful(ctx, ending, false)

	return c, err
}

// withoutRow answers an entry whose row was neither inserted nor locked.
func (c lookups) withoutRow(e entry) answer[Claim] {
	canceled, ok := c.canceled[e.canceledBy()]

	switch {
	case !c.absent[e.job.ID]:
		return answer[Claim]{again: true}
	case ok:
		return answer[Claim]{value: Claim{Decision: Canceled, Canceled: canceled}}
	case e.passed:
		return answer[Claim]{value: Claim{Decision: Superseded}}
	case e.busy:
		return answer[Claim]{value: Claim{Decision: Waiting}}
	default:
		return answer[Claim]{again: true}
	}
}

// detailResultUnknown marks a job that is in doubt because it was to end after an attempt whose result is not known.
const detailResultUnknown = "RESULT_UNKNOWN"

// inDoubt is what is left of a failure with which a job was to end of which an attempt may have been processed.
func inDoubt(f Failure) Failure {
	f.Detail = cmp.Or(f.Detail, detailResultUnknown)

	if f.Message != "" {
		f.Message += "; "
	}

	f.Message += "an attempt ended without an answer, and may have been processed: look the card up, then settle the job"

	return f.clean()
}
