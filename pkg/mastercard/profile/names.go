package profile

import "slices"

// The operations. The same operation of two families is built by the same code; only its profile differs.
const (
	Enroll         = "enroll"          // enroll one card
	ReadCard       = "read"            // read one card
	Unenroll       = "unenroll"        // take one card out
	EnrollBatch    = "enroll_batch"    // enroll many cards, answered later
	BatchStatus    = "batch_status"    // what became of a batch
	UpdateCard     = "update_card"     // change a card's billing address
	ReadConsumer   = "read_consumer"   // a consumer and their cards
	UpdateConsumer = "update_consumer" // change a consumer's contact data
	ForgetConsumer = "forget_consumer" // delete a consumer's profile
)

// Operations lists the names of all operations.
func Operations() []string {
	return []string{
		Enroll, ReadCard, Unenroll, EnrollBatch, BatchStatus, UpdateCard, ReadConsumer, UpdateConsumer, ForgetConsumer,
	}
}

// The names of the built-in profiles.
const (
	NameEnroll      = "enroll"
	NameEnrollBatch = "enroll-batch"
	NameLifecycle   = "lifecycle"
	NameDirectory   = "credential-directory"
)

// Names lists the built-in profiles.
func Names() []string {
	return []string{NameEnroll, NameEnrollBatch, NameLifecycle, NameDirectory}
}

// IsBuiltIn reports whether a profile of that name is built in.
func IsBuiltIn(name string) bool { return slices.Contains(Names(), name) }
