package jobs

import "fmt"

// Reason says in one word why a message is not a job that can be done. The
// words end up in the column error_reason and are part of the public contract.
type Reason string

// The reasons.
const (
	ReasonTooLarge      Reason = "MESSAGE_TOO_LARGE"
	ReasonNotJSON       Reason = "NOT_JSON"
	ReasonUnknownSchema Reason = "UNKNOWN_SCHEMA"
	ReasonInvalidField  Reason = "INVALID_FIELD"
	ReasonClearCard     Reason = "CARD_IN_CLEAR"
	ReasonSecurityCode  Reason = "SECURITY_CODE"
	ReasonUnknownKid    Reason = "UNKNOWN_KID"
	ReasonBrokenSeal    Reason = "BROKEN_SEAL"
	ReasonInvalidPAN    Reason = "INVALID_PAN"
	ReasonExpiredCard   Reason = "EXPIRED_CARD"
	// ReasonNoIdentity and the following are given by a worker that could read the message, or did not.
	ReasonNoIdentity     Reason = "NO_IDENTITY"
	ReasonUnknownProgram Reason = "UNKNOWN_PROGRAM"
	ReasonOperationOff   Reason = "OPERATION_OFF"
	ReasonWorkerPanic    Reason = "WORKER_PANIC"
	ReasonWorkerCrash    Reason = "WORKER_CRASH"
)

// Reasons are all of them: those of jobs that end as invalid.
func Reasons() []Reason {
	return []Reason{
		ReasonTooLarge, ReasonNotJSON, ReasonUnknownSchema, ReasonInvalidField, ReasonClearCard, ReasonSecurityCode, ReasonUnknownKid,
		ReasonBrokenSeal, ReasonInvalidPAN, ReasonExpiredCard, ReasonNoIdentity, ReasonUnknownProgram,
		ReasonOperationOff, ReasonWorkerPanic, ReasonWorkerCrash,
	}
}

// Problem is what is wrong with a message or a payload. Neither its fields nor
// its text hold a value of the message, only names, rules and limits.
type Problem struct { //nolint:errname // first of all a value that is stored, an error only beside
	Reason Reason
	// Field is the path of the member, such as card.panExpirationMonth; empty for the message as a whole.
	Field string
	// Message is a sentence for a person.
	Message string
}

// Error returns the problem as one line.
func (p *Problem) Error() string {
	if p.Field == "" {
		return fmt.Sprintf("%s: %s", p.Reason, p.Message)
	}

	return fmt.Sprintf("%s: %s %s", p.Reason, p.Field, p.Message)
}

func problem(reason Reason, field, format string, args ...any) *Problem {
	return &Problem{Reason: reason, Field: field, Message: fmt.Sprintf(format, args...)}
}
