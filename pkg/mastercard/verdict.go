package mastercard

// A Verdict is what one call came to. It is the only thing that a caller has to
// look at to know what to do next.
type Verdict string

// The verdicts.
const (
	// Enrolled means: the answer holds the enrolled card.
	Enrolled Verdict = "enrolled"
	// AlreadyEnrolled means: the API says that the card is enrolled already.
	AlreadyEnrolled Verdict = "already_enrolled"
	// Unenrolled means: the card has been taken out.
	Unenrolled Verdict = "unenrolled"
	// NotEnrolled means: the API knows no such card or consumer, or no longer.
	NotEnrolled Verdict = "not_enrolled"
	// Updated means: the card or the consumer is as the request says.
	Updated Verdict = "updated"
	// Forgotten means: the consumer's profile is deleted.
	Forgotten Verdict = "forgotten"
	// Rejected means: the request, as it is, will never be accepted.
	Rejected Verdict = "rejected"
	// Retry means: the request was not processed, and may be later.
	Retry Verdict = "retry"
	// Throttled means: the API wants to be called less; not before Answer.RetryAfter, where it says so.
	Throttled Verdict = "throttled"
	// Unknown means: the request may have been processed, and no readable answer came.
	Unknown Verdict = "unknown"
	// Submitted means: the API has received a batch, and says later what became of it.
	Submitted Verdict = "submitted"
	// Completed means: a batch is done, and each of its records has its own verdict.
	Completed Verdict = "completed"
	// Pushed means: the account has been pushed to a token requestor, and there is a receipt for it.
	Pushed Verdict = "pushed"
	// Answered means: the API has told what it was asked for, which is about no card.
	Answered Verdict = "answered"
	// Halted means: no request can succeed before an operator sets a key, an id or an address right.
	Halted Verdict = "halted"
)

// Valid reports whether v is one of the verdicts.
func (v Verdict) Valid() bool {
	switch v {
	case Enrolled, AlreadyEnrolled, Unenrolled, NotEnrolled, Updated, Forgotten, Rejected, Retry, Throttled, Unknown,
		Submitted, Completed, Pushed, Answered, Halted:
		return true
	default:
		return false
	}
}

// success reports whether there is nothing wrong to tell.
func (v Verdict) success() bool {
	switch v {
	case Enrolled, Unenrolled, Updated, Forgotten, Submitted, Completed, Pushed, Answered:
		return true
	default:
		return false
	}
}

// An Operation is a thing that the API can be asked to do.
type Operation string

// The operations, by the names of the jobs that lead to them.
const (
	OperationEnroll   Operation = "enroll"   // POST /cards
	OperationRead     Operation = "read"     // GET /cards/{cardId}
	OperationUnenroll Operation = "unenroll" // DELETE /cards/{cardId}

	OperationEnrollBatch Operation = "enroll_batch" // POST /cards/batch
	OperationBatchStatus Operation = "batch_status" // GET /cards/batch/{batchId}

	OperationPush                    Operation = "push"                      // POST /connect/1/0/pushMultipleAccounts
	OperationEligibleTokenRequestors Operation = "eligible_token_requestors" // POST /connect/1/0/getEligibleTokenRequestors
	OperationAsset                   Operation = "asset"                     // GET /issuer-assets/1/0/asset/tokenrequestor/{AssetId}

	OperationUpdateCard     Operation = "update_card"     // PUT /cards/{cardId}
	OperationUpdateConsumer Operation = "update_consumer" // PUT /profiles/{consumerId}
	OperationForgetConsumer Operation = "forget_consumer" // DELETE /profiles/{consumerId}
)

func (o Operation) valid() bool {
	switch o {
	case OperationEnroll, OperationRead, OperationUnenroll, OperationEnrollBatch, OperationBatchStatus,
		OperationPush, OperationEligibleTokenRequestors, OperationAsset,
		OperationUpdateCard, OperationUpdateConsumer, OperationForgetConsumer:
		return true
	default:
		return false
	}
}
