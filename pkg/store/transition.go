package store

import (
	"cmp"
	"crypto/hmac"
	"time"
)

// What a lease that ran out leaves in attempts: nobody knows what the call did.
const (
	verdictUnknown     = "unknown"
	verdictSubmitted   = "submitted"
	sourceWorker       = "worker"
	reasonLeaseExpired = "LEASE_EXPIRED"
)

func leaseExpired() Failure {
	return Failure{
		Source:  sourceWorker,
		Reason:  reasonLeaseExpired,
		Message: "the attempt began and never reported back: its worker stopped, or lost its way to the database",
	}
}

// dueTolerance is by how much a retry may come before its time: clocks differ, and timers fire early.
const dueTolerance = time.Second

// transition is what happens to a row: decided here, on a locked row, without a database.
type transition struct {
	decision Decision
	changed  bool
	after    record

	opened    bool // after's attempt is new
	closed    *attemptResult
	backfill  *Job // what the row lacks
	concealed *Job // whose own keys the row has to keep instead of its own
}

// attemptResult completes a row of attempts.
type attemptResult struct {
	jobID            string
	attempt          int
	startedAt        time.Time
	verdict          string
	late             bool
	httpStatus       int
	failure          Failure
	srcCorrelationID string
}

// decideBegin says what Begin does with a row that was there. ambiguous is the start
// of an attempt that this store may have committed without learning of it.
func decideBegin(r existingRow, q BeginRequest, now, ambiguous time.Time) transition {
	t := transition{after: r.record}

	switch {
	case q.Job.refused(r.record, &t):
		return t
	case r.over():
		t.decision = Final
		return t
	case r.Status == StatusInDoubt:
		t.decision = InDoubt
		return t
	case r.Status == StatusSubmitted:
		t.decision = Submitted
		return t
	case r.Status == StatusInProgress && r.worker == q.Worker && r.attemptStartedAt.Equal(ambiguous):
		t.decision, t.changed = Begun, true
		t.after.leaseUntil = now.Add(q.Lease)

		return t
	case t.held(r, now):
		return t
	case r.canceled:
		t.decision = Canceled
		return t
	case r.Status == StatusRetrying && r.nextAttemptAt.After(now.Add(dueTolerance)) && !r.fromTheFuture(now):
		t.decision = NotDue
		return t
	}

	if r.Status == StatusInProgress {
		t.abandon(now)

		if q.HoldUnknown {
			t.decision = InDoubt
			t.after.Status, t.after.nextAttemptAt = StatusInDoubt, time.Time{}

			return t
		}
	}

	switch {
	case r.passed:
		t.decision = Superseded
		return t
	case r.busy:
		t.decision = Waiting
		return t
	}

	if q.MaxAttempts > 0 && r.charged >= q.MaxAttempts {
		t.decision = Exhausted
		return t
	}

	t.decision, t.changed, t.opened = Begun, true, true
	t.after.rest(StatusInProgress)
	t.after.Attempts++
	t.after.charged++
	t.after.worker, t.after.traceID = q.Worker, q.TraceID
	t.after.attemptStartedAt, t.after.leaseUntil = now, now.Add(q.Lease)

	if len(r.contentHMAC) == 0 && (len(q.Job.ContentHMACs) > 0 || !hmac.Equal(r.messageDigest, q.Job.MessageDigest)) {
		t.addCard(q.Job)
	}

	return t
}

// touch notes when the row has changed, as it will be written.
func (t *transition) touch(now time.Time) {
	if t.changed {
		t.after.UpdatedAt = now
	}
}

// addCard has the row say what is known of the job now that it can be read.
func (t *transition) addCard(job Job) {
	t.backfill = &job
	t.after.Operation = job.Operation
	t.after.BatchID = cmp.Or(t.after.BatchID, job.BatchID)
	t.after.ExternalConsumerID = cmp.Or(t.after.ExternalConsumerID, job.ExternalConsumerID)
	t.after.ExternalCardID = cmp.Or(t.after.ExternalCardID, job.ExternalCardID)
}

// decideEnd says what End does with a row that was there.
func decideEnd(r existingRow, q EndRequest, now time.Time) transition {
	t := transition{after: r.record}

	switch {
	case q.Postpone.MaxAge > 0 && q.Job.Operation == r.Operation && q.Job.compare(r.record) != contentSame:
		t.decision = KeyMissing // it could not be opened, so nobody can tell
		return t
	case q.Job.refused(r.record, &t):
		return t
	}

	if q.Conceal {
		t.conceal(&q.Job)
	}

	switch {
	case r.over():
		t.decision = Final
		return t
	case r.Status == StatusInDoubt:
		t.decision = InDoubt
		return t
	case r.Status == StatusSubmitted:
		t.decision = Submitted
		return t
	case t.held(r, now):
		return t
	// Postpone is asked for first: after Postgres' clock was set back, every job is younger than none.
	case q.Postpone.MaxAge > 0 && now.Sub(r.ageFrom()) < q.Postpone.MaxAge:
		t.postpone(r, q, now)
		return t
	}

	if r.Status == StatusInProgress {
		t.abandon(now)
	}

	if r.busy {
		t.decision = Waiting
		return t
	}

	t.decision, t.changed = Ended, true
	t.after.rest(q.Status)
	t.after.Failure, t.after.traceID, t.after.CompletedAt = q.Failure, q.TraceID, now

	// Which of two changes stands is known then; whom an enrollment may have told of is not, and the later job has not met them.
	if r.doubtful && (q.Status != StatusSuperseded || enrolls(r.Operation)) {
		t.doubt()
	}

	return t
}

// held reports whether another attempt is running. After Postgres' clock was set back, a lease from before would last for as
// long as the jump as well: it begins anew now, with its length. A worker that lives has renewed it by its end.
func (t *transition) held(r existingRow, now time.Time) bool {
	if r.Status != StatusInProgress || !r.leaseUntil.After(now) {
		return false
	}

	t.decision = Held

	if r.fromTheFuture(now) {
		t.changed = true
		t.after.leaseUntil = now.Add(max(r.leaseUntil.Sub(r.UpdatedAt), 0))
	}

	return true
}

// refused reports whether the job must not touch the row: it is another job's, or that cannot be told.
func (j Job) refused(r record, t *transition) bool {
	switch j.compare(r) {
	case contentSame:
		return false
	case contentKeyMissing:
		t.decision = KeyMissing
	default:
		t.decision = Conflict
	}

	return true
}

// postpone has the job tried again later, uncharged: the longer it has waited, the later.
func (t *transition) postpone(r existingRow, q EndRequest, now time.Time) {
	switch {
	case r.canceled:
		t.decision = Canceled
		return
	case r.Status == StatusInProgress:
		t.decision = Held // for a worker that can go on with it: what its last attempt did is decided there
		return
	case r.Status == StatusRetrying && r.nextAttemptAt.After(now.Add(dueTolerance)) && !r.fromTheFuture(now):
		t.decision = NotDue
		return
	}

	t.decision, t.changed = Postponed, true
	t.after.rest(StatusRetrying)
	t.after.Failure, t.after.traceID = q.Failure, q.TraceID
	t.after.nextAttemptAt = now.Add(min(max(now.Sub(r.ageFrom()), q.Postpone.Base), q.Postpone.Cap))
}

// doubt puts a job in doubt that was to end although an attempt of it may have been processed.
func (t *transition) doubt() {
	failure := inDoubt(t.after.Failure)
	status := t.after.HTTPStatus
	t.after.rest(StatusInDoubt)
	t.after.Failure, t.after.HTTPStatus = failure, status
}

// decideFinish says what Finish does. before is the attempt's result so far: nil
// when it has none, which need not be asked for while the attempt owns the job.
func decideFinish(r existingRow, q FinishRequest, now time.Time, before *attemptResult) (Finished, transition) {
	t := transition{after: r.record}
	current := r.owns(q)

	switch {
	case current && r.Status == StatusInProgress:
	case current && r.Status == StatusSubmitted && q.Status != StatusSubmitted: // the result of its batch
	case current && r.lostBatch() && before.submitted() && q.Status.Final(): // the same, of one that was given up
	case before != nil && !before.leaseExpired():
		if before.late {
			return Fenced, t
		}

		return Recorded, t
	case current && r.Status == StatusInDoubt && !q.Status.Final() && q.Status != StatusRetrying:
		// Nothing new, or to be handed back, of a job whose message is gone: an operator has it.
		t.closed = q.result()
		t.closed.late = true

		return Fenced, t
	case current && before != nil && !r.Status.Final():
		// Its lease ran out and nobody has begun another: the truth comes late, but it is the truth.
	default:
		t.closed = q.result()
		t.closed.late = true

		return Fenced, t
	}

	t.changed = true
	t.closed = q.result()

	t.after.rest(q.status(r.record, now))
	t.after.APIBatchID = cmp.Or(q.APIBatchID, r.APIBatchID)
	t.after.Failure, t.after.HTTPStatus = q.Failure, q.HTTPStatus
	t.after.SrcDigitalCardID = cmp.Or(q.SrcDigitalCardID, r.SrcDigitalCardID)
	t.after.SrcCorrelationID = cmp.Or(q.SrcCorrelationID, r.SrcCorrelationID)
	t.after.TokenUniqueReference = cmp.Or(q.TokenUniqueReference, r.TokenUniqueReference)
	t.after.SrcConsumerID = cmp.Or(q.SrcConsumerID, r.SrcConsumerID)
	t.after.SrcFlowID = cmp.Or(q.SrcFlowID, r.SrcFlowID)
	t.after.SealedResult, t.after.Consumers = q.SealedResult, q.Consumers

	if q.Refund {
		t.after.charged = max(t.after.charged-1, 0) // a redrive may have forgotten it
	}

	switch {
	case t.after.Status == StatusRetrying || t.after.Status == StatusSubmitted:
		t.after.nextAttemptAt = now.Add(q.RetryAfter)
	case t.after.Status == StatusDead && (r.doubtful || q.Verdict == verdictUnknown):
		t.doubt()
	case t.after.Status.Final():
		t.after.CompletedAt = now
	}

	if r.doubtful && q.goneBefore(r.record) {
		t.after.Status, t.after.Failure = StatusForgotten, Failure{}
	}

	if t.after.Status == StatusNotEnrolled { // there was nobody
		t.after.Consumers = 0
	}

	return Recorded, t
}

// goneBefore reports whether there was nothing left to do for a job that forgets. Where an attempt before may have been
// processed, it is that attempt which has done it.
func (q FinishRequest) goneBefore(r record) bool {
	return r.Operation == OperationForget && q.Status == StatusNotEnrolled
}

// status is what the job comes to: a retry that would come after the job's last time is none.
func (q FinishRequest) status(r record, now time.Time) Status {
	if q.Status == StatusRetrying && q.MaxAge > 0 && now.Add(q.RetryAfter).Sub(r.ageFrom()) > q.MaxAge {
		return StatusDead
	}

	return q.Status
}

// fromTheFuture reports whether the row was last written at a time that has not come: Postgres' clock was set back since.
// What it says of a time to come is worth nothing then, and the queue, which has kept the time meanwhile, is believed.
func (r *record) fromTheFuture(now time.Time) bool { return r.UpdatedAt.After(now.Add(dueTolerance)) }

// rest sets the status and forgets what belonged to the one before.
func (r *record) rest(status Status) {
	r.Status, r.Failure, r.HTTPStatus = status, Failure{}, 0
	r.leaseUntil, r.nextAttemptAt, r.CompletedAt = time.Time{}, time.Time{}, time.Time{}
}

// owns reports whether the row's last attempt is the request's. The start is
// compared too, so that a row begun anew after a purge is not taken for the old one.
func (r *record) owns(q FinishRequest) bool {
	return r.Attempts == q.Attempt && r.attemptStartedAt.Equal(q.StartedAt)
}

// abandon closes the running attempt as unknown and leaves the job due at once.
func (t *transition) abandon(now time.Time) {
	t.changed = true
	t.closed = &attemptResult{
		jobID: t.after.JobID, attempt: t.after.Attempts, startedAt: t.after.attemptStartedAt,
		verdict: verdictUnknown, failure: leaseExpired(),
	}

	t.after.rest(StatusRetrying)
	t.after.Failure, t.after.nextAttemptAt = leaseExpired(), now
}

// lostBatch reports whether the queue had lost the message by which the job's batch is asked for, so that the job was put in
// doubt.
func (r *record) lostBatch() bool {
	return r.Status == StatusInDoubt && r.APIBatchID != "" && r.Failure.messageLost()
}

// submitted reports whether the attempt's result so far is that its batch was taken.
func (a *attemptResult) submitted() bool { return a != nil && a.verdict == verdictSubmitted }

// leaseExpired reports whether the result is the one that abandon writes.
func (a *attemptResult) leaseExpired() bool {
	return a.verdict == verdictUnknown && a.failure.Source == sourceWorker && a.failure.Reason == reasonLeaseExpired
}
