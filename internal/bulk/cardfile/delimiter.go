package cardfile

import "strings"

// DelimiterName names a delimiter for messages.
func DelimiterName(delimiter byte) string {
	switch delimiter {
	case ',':
		return "a comma"
	case ';':
		return "a semicolon"
	case '\t':
		return "a tab"
	default:
		return "a vertical bar"
	}
}

// delimiterNames says "a comma and a semicolon".
func delimiterNames(delimiters []byte) string {
	var all []string
	for _, delimiter := range delimiters {
		all = append(all, DelimiterName(delimiter))
	}

	return strings.Join(all, " and ")
}
