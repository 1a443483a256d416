package mastercard

import (
	"slices"
	"strings"
)

// Names reports whether a row of the table names a reason of an operation's refusals, as reason or as detail, so that it does not
// fall to the rows for all others.
func (t *VerdictTable) Names(operation, reason string) bool {
	same := func(one string) bool { return strings.EqualFold(one, reason) }

	return slices.ContainsFunc(t.rows, func(row VerdictRow) bool {
		return matchesText(row.Operation, operation) &&
			(slices.ContainsFunc(alternatives(row.Reason), same) || slices.ContainsFunc(alternatives(row.Detail), same))
	})
}
