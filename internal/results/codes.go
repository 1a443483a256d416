package results

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// ownCodes are those that these programs give themselves, beside the reasons of pkg/jobs. They stand in the tables of
// docs/concepts.md, docs/files.md and docs/verdicts.md. A test finds what is missing here.
func ownCodes() []string {
	return []string{
		// rows of files
		"TOO_LONG", "BROKEN_QUOTES", "FIELD_COUNT", "TOO_DEEP", "NOT_UTF8", "LOST_CHARACTER", "CONTROL_CHARACTER", "DUPLICATE",
		"REPEATED_HEADER",
		// jobs
		"NOT_AFTER", "RECEIPT_EXPIRED", "ID_CONFLICT", "ID_PURGED", "ATTEMPTS_EXHAUSTED", "UNRECORDABLE_ANSWER",
		"CARD_NOT_FOUND", "CONSUMER_NOT_FOUND", "TOO_MANY_CONSUMERS", "LATER_CHANGE", "CANCELED", "CALL_WITHHELD",
		"MISSING_IN_BATCH", "BATCH_DEADLINE",
		"READ_UNDER_ITS_ID", "MISSING_HMAC_KEY", "MESSAGE_LOST", "RESULT_UNKNOWN", "LEASE_EXPIRED", "RESOLVED",
		// calls without an answer
		"TIMEOUT", "DNS", "TLS", "PROXY", "UNREACHABLE", "CONNECTION_REFUSED", "CONNECTION_LOST", "NETWORK", "NOT_SENT", "SENT",
		// calls that were not made
		"KEY_MISSING", "KEY_EXPIRED", "NOT_ENCRYPTED", "NOT_SIGNED", "INVALID_SETTING", "INVALID_REQUEST", "PANIC",
		// answers that are not the API's
		"EMPTY", "HTML", "XML", "TRUNCATED", "UNREADABLE", "NOT_JSON", "TRAILING_DATA", "NO_ERROR", "OTHER_CARD", "OTHER_CONSUMER",
		"OTHER_BATCH",
		"STATUS_UNKNOWN", "BATCH_REFUSED",
	}
}

// KnownCodes are the reasons and details that a row can have, sorted: ours, and those of the API that a verdict table names. The
// API may send others.
func KnownCodes(verdicts *mastercard.VerdictTable) []string {
	known := map[string]bool{}

	for _, code := range ownCodes() {
		known[code] = true
	}

	for _, reason := range jobs.Reasons() {
		known[string(reason)] = true
	}

	for status := range 600 { // an answer that is not the API's has this reason
		if http.StatusText(status) != "" {
			known[fmt.Sprintf("HTTP_%d", status)] = true
		}
	}

	for _, row := range verdicts.Rows() {
		for code := range strings.SplitSeq(row.Reason+"|"+row.Detail, "|") {
			if apiCode.MatchString(code) {
				known[code] = true
			}
		}
	}

	return slices.Sorted(maps.Keys(known))
}

// apiCode is what the API's codes look like. A verdict table also has words of its texts.
var apiCode = regexp.MustCompile(`^[A-Z][A-Z0-9_-]+$`)
