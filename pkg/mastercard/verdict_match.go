package mastercard

import (
	"slices"
	"strconv"
	"strings"
)

// decide returns the row that decides, and the finding that it matched. An answer
// with several errors is decided by the topmost row that matches any of them.
func (t *VerdictTable) decide(e evidence) (VerdictRow, finding) {
	for _, row := range t.rows {
		for _, found := range e.findings {
			if row.matches(e, found) {
				return row, found
			}
		}
	}

	// The built-in table ends with a row that matches everything, so only evidence without a finding comes here.
	return VerdictRow{Verdict: Unknown}, finding{}
}

func (r VerdictRow) matches(e evidence, found finding) bool {
	return matchesText(r.Operation, string(e.operation)) &&
		matchesStatus(r.Status, e.status) &&
		matchesText(r.Source, found.Source) &&
		matchesText(r.Reason, found.Reason) &&
		matchesText(r.Detail, found.Detail) &&
		matchesField(r.Field, found.Field) &&
		matchesText(r.Recoverable, found.recoverable) &&
		(r.RetryAfter == "" || (r.RetryAfter == "yes") == e.retryAfter)
}

func matchesText(cell, value string) bool {
	return cell == "" || slices.ContainsFunc(alternatives(cell), func(one string) bool { return strings.EqualFold(one, value) })
}

func matchesField(cell, value string) bool {
	return matchesText(cell, value) || matchesText(cell, value[strings.LastIndexByte(value, '.')+1:])
}

func matchesStatus(cell string, status int) bool {
	if cell == "" {
		return true
	}

	return slices.ContainsFunc(alternatives(cell), func(one string) bool {
		return one == strconv.Itoa(status) || one == strconv.Itoa(status/100)+"xx"
	})
}
