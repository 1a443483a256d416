package columns

import (
	"strings"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/records"
)

// fixedWidth reports whether a first line without delimiters, and those behind it, are columns of a fixed width:
// the lines are of one length, or the names are kept apart by blanks.
func fixedWidth(first string, behind []string) bool {
	const (
		wide   = 30 // characters: a single column of card numbers is no such file
		enough = 2  // lines of one length
	)

	if apart(first) {
		return true
	}

	alike, length := 0, utf8.RuneCountInString(first)

	for i, line := range append([]string{first}, behind...) {
		switch at := utf8.RuneCountInString(line); {
		case line == "":
		case strings.ContainsAny(line, ";\t|"):
			return false
		case at == length:
			alike++
		case i == 1 && alike == 1: // the first is a record of another kind
			alike, length = 1, at
		case i == len(behind): // and so is the last
		default:
			return false
		}
	}

	return alike >= enough && length >= wide
}

// apart reports whether names are kept apart by runs of blanks.
func apart(line string) bool {
	const columns = 3

	count := 0

	for part := range strings.SplitSeq(line, "  ") {
		if strings.TrimSpace(part) != "" {
			count++
		}
	}

	return count >= columns
}

// malformedHeader says what is wrong with the form of a header.
func malformedHeader(fault records.Fault) string {
	reason := malformed(fault, 0, 0).Reason
	if fault == records.TooLong {
		reason += "; a file of fixed records without line ends needs both line ends and delimiters"
	}

	return reason
}
