// Package convert makes of what files say what the columns want: a month and a
// year of 07/29, a country's code of its name.
package convert

import (
	"strings"

	"enroll.example/clicktopay/internal/bulk/iso"
)

// Func makes the values of one or more columns of a value that is not empty. It
// says false of what it does not understand.
type Func func(value string) ([]string, bool)

// Conversion is one that a mapping can name.
type Conversion struct {
	Name string
	// To are the columns that it feeds, in their order. Where AnyOf is set it
	// feeds one of them.
	To    []string
	AnyOf bool
	// Rule says in a person's words what the value must be.
	Rule string
	// Make is safe for concurrent use.
	Make Func
}

// Conversions are all that there are, in the order in which messages list them.
func Conversions() []Conversion {
	return []Conversion{
		{
			"digits", []string{"pan", "phone_number", "phone_country"}, true,
			"must be digits, with nothing but blanks, hyphens and dots between them", onlyDigits,
		},
		{"YY", []string{"exp_year"}, false, "must be a year in two or four digits, such as 29", twoDigitYear},
		{"MM/YY", []string{"exp_month", "exp_year"}, false, "must be month and year, such as 07/29", monthYear},
		{"YY/MM", []string{"exp_month", "exp_year"}, false, "must be year and month, such as 2029-07", yearMonth},
		{
			"phone", []string{"phone_country", "phone_number"}, false,
			"must be a phone number with plus and calling code, such as +4915112345678", phone,
		},
		{
			"country", []string{"country", "address_country"}, true,
			"must be a country's name or code, such as Germany, DEU or DE", country,
		},
		{"language", []string{"language"}, false, "must be a language, such as de, de-DE or de_AT", languageOfLocale},
	}
}

func country(value string) ([]string, bool) {
	code, known := iso.CountryCode(value)

	return []string{code}, known
}

// languageOfLocale makes de of de_DE.
func languageOfLocale(value string) ([]string, bool) {
	code, _, _ := strings.Cut(strings.ReplaceAll(value, "_", "-"), "-")
	return []string{strings.ToLower(code)}, len(code) == 2
}

// onlyDigits drops what people put between digits. What is left is the column's own rule to judge.
func onlyDigits(value string) ([]string, bool) {
	value = strings.NewReplacer(" ", "", "\u00a0", "", "-", "", ".", "").Replace(value)
	return []string{value}, digits(value)
}
