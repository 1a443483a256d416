package mastercard

import "slices"

// Find returns the row that describes a call that ended with a failure some time
// ago: the first that matches what is kept of it and decides for one of some
// verdicts. What is not kept is whether the gateway called the failure
// recoverable and asked to wait; rows that ask for these are passed over.
func (t *VerdictTable) Find(operation Operation, httpStatus int, f Failure, verdicts ...Verdict) (VerdictRow, bool) {
	e, found := evidence{operation: operation, status: httpStatus}, finding{Failure: f}

	for _, row := range t.rows {
		if row.Recoverable == "" && row.RetryAfter == "" && slices.Contains(verdicts, row.Verdict) && row.matches(e, found) {
			return row, true
		}
	}

	return VerdictRow{}, false
}
