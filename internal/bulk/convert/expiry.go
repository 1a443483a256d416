package convert

import "strings"

// twoDigitYear makes 2029 of 29: no card is good for a century. Four digits stay.
func twoDigitYear(value string) ([]string, bool) {
	year, ok := year(value)
	return []string{year}, ok
}

func year(value string) (string, bool) {
	switch {
	case len(value) == 2 && digits(value):
		return "20" + value, true
	case len(value) == 4 && digits(value):
		return value, true
	default:
		return "", false
	}
}

// monthYear splits 07/29, 7/2029, 07-29 and 0729.
func monthYear(value string) ([]string, bool) {
	parts := expiryParts(value)
	if len(parts) == 1 && (len(value) == 4 || len(value) == 6) {
		parts = []string{value[:2], value[2:]}
	}

	if len(parts) != 2 {
		return nil, false
	}

	return expiry(parts[0], parts[1])
}

// yearMonth splits 2029-07, 29/7, 2907, 202907, and 2029-07-31 of a database.
func yearMonth(value string) ([]string, bool) {
	parts := expiryParts(value)
	if len(parts) == 1 && (len(value) == 4 || len(value) == 6) {
		parts = []string{value[:len(value)-2], value[len(value)-2:]}
	}

	if len(parts) == 3 && len(parts[2]) == 2 && digits(parts[2]) {
		parts = parts[:2]
	}

	if len(parts) != 2 {
		return nil, false
	}

	return expiry(parts[1], parts[0])
}

func expiryParts(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("/-. ", r) })
}

// expiry leaves it to the column's own rule whether there is such a month.
func expiry(month, of string) ([]string, bool) {
	year, ok := year(of)

	return []string{month, year}, ok && digits(month) && len(month) <= 2
}

func digits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}
