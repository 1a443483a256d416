package store

import (
	"context"
	"fmt"
	"time"
)

// Lease is an attempt that is running: what Renew needs of its Claim.
type Lease struct {
	JobID     string
	Attempt   int
	StartedAt time.Time
}

// Renew extends the leases of running attempts to the time given from now, by
// Postgres' clock: an answer may take longer than a lease, as long as its worker
// lives. A lease that has run out is renewed as well, as long as nobody has
// begun another attempt or ended the job.
//
// It returns those that are not their job's running attempt any more, in the
// order given: a Finish of theirs is refused, or there was one. An attempt whose
// row another transaction holds is neither renewed nor returned. Its lease is
// made up for by the next call, and needs none if that transaction is its Finish.
func (s *Store) Renew(ctx context.Context, leases []Lease, lease time.Duration) (lost []Lease, err error) {
	if lease < time.Microsecond {
		return nil, fmt.Errorf("renewing leases: %w: a lease of %s", ErrRequest, lease)
	}

	if len(leases) == 0 {
		return nil, nil
	}

	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	err = s.transact(ctx, func(w *writer) error {
		lost = nil

		ids := column(leases, func(l Lease) string { return l.JobID })

		found, err := w.lock(ctx, ids)
		if err != nil {
			return err
		}

		absent, err := w.absent(ctx, ids, found)
		if err != nil {
			return err
		}

		var held []string

		for _, l := range leases {
			row, ok := found[l.JobID]

			switch {
			case ok && row.runs(l):
				held = append(held, l.JobID)
			case ok, absent[l.JobID]:
				lost = append(lost, l)
			}
		}

		return w.extend(ctx, held, lease)
	})
	if err != nil {
		return nil, fmt.Errorf("renewing %d leases: %w", len(leases), err)
	}

	return lost, nil
}

// runs reports whether the row's running attempt is the lease's.
func (r *record) runs(l Lease) bool {
	return r.Status == StatusInProgress && r.Attempts == l.Attempt && r.attemptStartedAt.Equal(l.StartedAt)
}

// The rows are locked and known to be in progress, so it waits for nobody. A lease that was taken for longer keeps its end, but
// for the time by which the clock was set back since.
const extendSQL = `
UPDATE enrollments
SET lease_until = greatest(lease_until - greatest(updated_at - now(), '0'), now() + $2::interval), updated_at = now()
WHERE job_id = ANY ($1)`

func (w *writer) extend(ctx context.Context, ids []string, lease time.Duration) error {
	if len(ids) == 0 {
		return nil
	}

	if _, err := w.tx.Exec(ctx, extendSQL, ids, lease); err != nil {
		return doing("writing", err)
	}

	return nil
}
