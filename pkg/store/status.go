package store

// Status is where a job stands. The names are those of the status column.
type Status string

// A job that has none of the settled statuses is being worked on or waits for it.
const (
	StatusInProgress Status = "in_progress" // an attempt has begun and its result is not known yet
	StatusPending    Status = "pending"     // handed back without a result, or redriven; not being called
	StatusRetrying   Status = "retrying"    // waits for its next attempt
	StatusSubmitted  Status = "submitted"   // taken by Mastercard in a batch, without a result yet
	StatusInDoubt    Status = "in_doubt"    // may have been processed; waits for an operator

	StatusEnrolled        Status = "enrolled"
	StatusAlreadyEnrolled Status = "already_enrolled"
	StatusUnenrolled      Status = "unenrolled"   // taken out
	StatusNotEnrolled     Status = "not_enrolled" // to be taken out, updated or forgotten, and there is no such card or consumer
	StatusUpdated         Status = "updated"
	StatusForgotten       Status = "forgotten"  // the consumer's profile is deleted
	StatusSuperseded      Status = "superseded" // not sent: a later change of the same card or consumer was made
	StatusPushed          Status = "pushed"     // to a token requestor, with a receipt
	StatusRejected        Status = "rejected"   // the API said no
	StatusInvalid         Status = "invalid"    // never sent: the message breaks the rules
	StatusExpired         Status = "expired"    // never sent: its not_after has passed
	StatusConflict        Status = "conflict"   // never sent: its id belongs to other content
	StatusDead            Status = "dead"       // attempts or age exhausted
	StatusCanceled        Status = "canceled"   // by an operator

	// StatusPurged is a status of counts alone: jobs that had an outcome, and whose rows were purged.
	StatusPurged Status = "purged"
)

// Final reports whether the status never changes again, unless an operator has the job tried again (Redrive), or the
// message of a dead job that was thought to be lost comes after all (MarkLost).
func (s Status) Final() bool {
	switch s {
	case StatusEnrolled, StatusAlreadyEnrolled, StatusUnenrolled, StatusNotEnrolled,
		StatusUpdated, StatusForgotten, StatusSuperseded, StatusPushed, StatusRejected,
		StatusInvalid, StatusExpired, StatusConflict, StatusDead, StatusCanceled:
		return true
	default:
		return false
	}
}

// Settled reports whether nothing happens to the job by itself any more: it is
// final, or in doubt until an operator acts, or its row is purged.
func (s Status) Settled() bool { return s.Final() || s == StatusInDoubt || s == StatusPurged }

// known reports whether the column takes the status.
func (s Status) known() bool {
	return s.Settled() && s != StatusPurged ||
		s == StatusInProgress || s == StatusPending || s == StatusRetrying || s == StatusSubmitted
}
