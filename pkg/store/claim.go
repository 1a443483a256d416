package store

import (
	"context"
	"time"
)

// Claim is the answer of Begin and End. All times are by Postgres' clock, in UTC.
type Claim struct {
	Decision Decision

	// Attempt counts every call begun; it is the fencing token of the last one.
	Attempt int

	// Charged counts the attempts that count against MaxAttempts, this one included.
	Charged int

	// StartedAt is when this attempt began. With the job id and Attempt it addresses the row in attempts.
	StartedAt time.Time

	FirstSeenAt   time.Time
	NextAttemptAt time.Time // zero unless retrying
	LeaseUntil    time.Time // zero unless an attempt is running

	// Wait is how long from this answer the job cannot be begun: until its next attempt is due, or until the lease of the
	// running attempt ends. It is a difference of two times by Postgres' clock, so that no caller has to compare one with its own.
	Wait time.Duration

	// MissingKid names the HMAC key that made the row's hashes, when the decision is KeyMissing.
	MissingKid string

	// PurgedAt is when the row of the job that had the id was purged, when the decision is Purged.
	PurgedAt time.Time

	// Canceled is the word that canceled the job's batch, when the decision is Canceled.
	Canceled Cancellation

	// Outcome is the row as it stands now, so that its event can be published again.
	// After Conflict it is that of the job that owns the id; after Canceled there may be none.
	Outcome Outcome
}

// claim is what a caller is told of the row.
func (r *record) claim(d Decision, now time.Time) Claim {
	c := Claim{
		Decision: d, Attempt: r.Attempts, Charged: r.charged, StartedAt: r.attemptStartedAt,
		FirstSeenAt: r.FirstSeenAt, NextAttemptAt: r.nextAttemptAt, LeaseUntil: r.leaseUntil, Outcome: r.Outcome,
	}

	switch d {
	case NotDue, Postponed:
		c.Wait = max(r.nextAttemptAt.Sub(now), 0)
	case Held:
		c.Wait = max(r.leaseUntil.Sub(now), 0)
	case KeyMissing:
		c.MissingKid = r.panHMACKid
	default:
	}

	return c
}

// ageFrom is when the job's age began: at first sight, or when an operator last had it tried again.
func (r *record) ageFrom() time.Time {
	if r.redrivenAt.After(r.FirstSeenAt) {
		return r.redrivenAt
	}

	return r.FirstSeenAt
}

// claim inserts the rows of new jobs and does with the others what decide says. What it changes is written by the transaction's
// flush. The answers are there even when it fails: they are what the transaction may have committed.
func (w *writer) claim(
	ctx context.Context, entries []entry, decide func(i int, row existingRow, now time.Time) transition,
) ([]answer[Claim], error) {
	answers := make([]answer[Claim], len(entries))
	if len(entries) == 0 {
		return answers, nil
	}

	found, purged, err := w.insertOrLock(ctx, entries)
	if err != nil {
		return answers, err
	}

	known, err := w.circumstances(ctx, entries, found)
	if err != nil {
		return answers, err
	}

	for i, e := range entries {
		row, ok := found[e.job.ID]

		switch at, gone := purged[e.job.ID]; {
		case gone && row.inserted:
			return answers, errPurgedMeanwhile
		case gone && !ok:
			answers[i].value = Claim{Decision: Purged, PurgedAt: at}
			continue
		case !ok:
			answers[i] = known.withoutRow(e)
			continue
		case row.inserted:
			w.counts.add(row.record, w.now)
			answers[i].value = row.claim(e.decision, w.now)
		default:
			t := decide(i, existingRow{row.record, e.turn, row.canceled, known.doubtful[e.job.ID]}, w.now)
			t.touch(w.now)
			w.apply(row.record, t)
			answers[i].value = t.after.claim(t.decision, w.now)
		}

		if answers[i].value.Decision == Canceled {
			answers[i].value.Canceled = known.canceled[row.BatchID]
		}
	}

	return answers, nil
}
