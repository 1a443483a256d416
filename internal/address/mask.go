// Package address masks what may be a secret in texts that hold addresses.
package address

import (
	"regexp"
	"strings"
)

// Hidden stands where a user's name and password stood.
const Hidden = "xxxxx"

var (
	// userinfo is all between an address's scheme and the last @ of the line: a password that is not encoded may hold any
	// character, so where it ends cannot be told from what stands in between.
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\n]*@`)
	// bare is a user's name and password without a scheme before them.
	bare = regexp.MustCompile("[^\\s:/@=\"'`]+:[^\\s]+@")
	// keyword is a password as a connection string or a query has it. It may hold blanks, so the rest of the line is masked.
	keyword = regexp.MustCompile(`(?i)((?:password|passwd|pwd|token|secret|signature)\s*=)[^\n]+`)
)

// already stands for what was masked before, which hides nothing and need not be masked again with all that follows.
const already = "\x00"

// Mask hides user names and passwords in a text. It is for texts that others wrote, such as an error of a library or a
// mistyped argument: it would rather hide too much.
func Mask(text string) string {
	if !strings.ContainsAny(text, "@=") {
		return text
	}

	text = strings.ReplaceAll(text, "://"+Hidden+"@", "://"+already)
	text = userinfo.ReplaceAllString(text, "${1}"+Hidden+"@")
	text = strings.ReplaceAll(text, "://"+Hidden+"@", "://"+already)
	text = bare.ReplaceAllString(text, Hidden+"@")
	text = keyword.ReplaceAllString(text, "${1}"+Hidden)

	return strings.ReplaceAll(text, "://"+already, "://"+Hidden+"@")
}
