// Package store keeps jobs, their attempts and their batches in Postgres.
//
// The order of things is what makes a job's effect happen once. Begin commits an
// attempt before the API is called and Finish its result after, so that a crash
// between the two leaves an attempt without a result, never silence. An attempt
// has a number, which fences off a worker that comes back after another has taken
// the job over, and a lease, which says until when nobody may. A job that needs no
// call is settled with End. All three gather the calls of many goroutines and
// commit them together.
//
//	claim, err := s.Begin(ctx, store.BeginRequest{Job: job, Worker: "worker-1", Lease: time.Minute, MaxAttempts: 8})
//	if err != nil || claim.Decision != store.Begun {
//		return // not ours to call now: the decision says why; store.Retryable(err) whether to hand the job back
//	}
//
//	// ... call the API ...
//
//	finished, err := s.Finish(ctx, store.FinishRequest{
//		JobID: job.ID, Attempt: claim.Attempt, StartedAt: claim.StartedAt,
//		Verdict: "enrolled", Status: store.StatusEnrolled, HTTPStatus: 200,
//	})
//	// err == nil: committed; finished.Outcome is what is announced, then the message can be acknowledged
//
// A call may take longer than its lease: Renew extends the leases of many at once.
//
// A job whose message the queue has lost would wait for ever. Overdue finds the
// jobs that should have been taken up, and MarkLost ends one whose message is gone.
//
// A job that was given up is not lost: Redrive has it tried again, and Resolve
// settles one whose result nobody knows, by an operator's word.
//
// A batch that was a mistake is stopped with CancelBatch: what is not yet sent of
// it is then not begun. Rows and Rejects return what became of a file, row by row.
//
// A job enrolls a card, or takes one out again; FindCard finds the card that was
// enrolled under an issuer's key.
//
// Nothing of a card is kept but six and four digits and a keyed hash (PCI DSS
// 3.5.1, 3.5.1.1), and whatever in an error's text could be a PAN is masked.
//
// # For operators
//
// The tables enrollments (one row a job), attempts (one row an API call), batches
// (one row a file) and batch_rejects (what was wrong with rows that were not sent),
// and the views batch_progress, outcome_codes and unfinished are meant to be read
// with SQL:
//
//	-- what went wrong, by reason
//	SELECT status, reason, detail, count, last FROM outcome_codes
//	WHERE program = 'acme' AND status NOT IN ('enrolled', 'already_enrolled', 'unenrolled') ORDER BY count DESC;
//
//	-- the rows behind a line of it
//	SELECT job_id, external_card_id, error_field, error_message, completed_at FROM enrollments
//	WHERE program = 'acme' AND status = 'rejected' AND error_detail = 'ISSUER_DECLINED'
//	ORDER BY completed_at DESC LIMIT 50;
//
//	-- everything that happened to one card, into Click to Pay and out of it
//	SELECT e.operation, a.* FROM enrollments e JOIN attempts a USING (job_id)
//	WHERE e.external_card_id = 'card-4711' ORDER BY a.started_at;
//
//	-- calls without a result, retries late
//	SELECT kind, job_id, worker, since, overdue FROM unfinished WHERE overdue > interval '1 minute';
//
//	-- a batch
//	SELECT settled, seen, rows_published FROM batch_progress WHERE batch_id = 'cards-2026-11';
//
// Whoever changes rows by hand leaves the rollups, and so batch_progress and
// outcome_codes, telling the story as it was.
package store
