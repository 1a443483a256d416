package columns

import "strings"

// HasNull reports whether a text of the row is what databases and programs write for no value. It is a doubt and no fault:
// there are people whose name is Null, Nan or None.
func (r Row) HasNull() bool {
	for _, i := range []int{
		columnCardholder, columnFirstName, columnLastName, columnLine1, columnLine2, columnLine3, columnCity, columnState, columnZip,
		columnConsumerID, columnCardID,
	} {
		if isNull(r.Values[i]) {
			return true
		}
	}

	return false
}

// isNull knows the words in any case. NA is none: it is a name, and the sign of a province.
func isNull(value string) bool {
	const longest = len("undefined")

	if value == "" || len(value) > longest {
		return false
	}

	switch strings.ToLower(value) {
	case `\n`, "null", "(null)", "<null>", "[null]", "nil", "<nil>", "nan", "none", "undefined", "n/a", "<na>",
		"#n/a", "#na", "#null!", "#name?", "#ref!", "#value!", "#div/0!", "#num!":
		return true
	default:
		return false
	}
}
