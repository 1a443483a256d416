package jobs

import "slices"

// Operation is what a job asks for.
type Operation string

// The operations.
const (
	Enroll   Operation = "enroll"   // a card; what no operation stands for
	Unenroll Operation = "unenroll" // a card
	Update   Operation = "update"   // a card's billing address, or a consumer's contact data
	Forget   Operation = "forget"   // a consumer, with all their cards
	Push     Operation = "push"     // a card, to a token requestor
)

// Operations lists them.
func Operations() []Operation { return []Operation{Enroll, Unenroll, Update, Forget, Push} }

// Known reports whether there is such an operation.
func (o Operation) Known() bool { return slices.Contains(Operations(), o) }

// Asks returns the job's operation.
func (j Job) Asks() Operation {
	if j.Operation == "" {
		return Enroll
	}

	return j.Operation
}

// Named are the members, beside those that all jobs have, by which a job says what it is about: for those who hash what stands
// beside the seal. What was hashed of a job once must keep its hash.
func (j Job) Named() []string {
	switch j.Asks() {
	case Enroll:
		return nil
	case Unenroll:
		return []string{string(j.Operation), j.SrcDigitalCardID, j.UnenrollReason}
	case Push:
		return []string{string(j.Operation), j.TokenRequestorID}
	default:
		return []string{string(j.Operation), j.SrcDigitalCardID, j.SrcConsumerID}
	}
}
