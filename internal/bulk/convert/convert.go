// Package convert makes of what files say what the columns want: a month and a
// year of 07/29, a country's code of its name. What it takes, it does not alter in
// meaning: it removes what separates groups of digits, and refuses everything else.
package convert

import (
	"strings"

	"enroll.example/clicktopay/internal/bulk/iso"
	"enroll.example/clicktopay/pkg/jobs"
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
	// why says of a value that is refused what is wrong with it, "" when that is what Rule says.
	why func(value string) string
}

// Reason says in a person's words why a value is refused.
func (c Conversion) Reason(value string) string {
	if c.why != nil {
		if reason := c.why(value); reason != "" {
			return reason
		}
	}

	return c.Rule
}

// Conversions are all that there are, in the order in which messages list them.
func Conversions() []Conversion {
	expiry := []string{"exp_month", "exp_year"}

	return []Conversion{
		{
			"digits", []string{"pan", "phone_number", "phone_country"}, true,
			"must be digits in groups, with one blank, hyphen or dot between two groups", groupedDigits, whyNotDigits,
		},
		{"YY", []string{"exp_year"}, false, "must be a year in two or four digits, such as 29", twoDigitYear, Decimals},
		{"MM/YY", expiry, false, "must be month and year, such as 07/29, or a day, such as 31.07.2029", monthYear, whyNotDate},
		{"YY/MM", expiry, false, "must be year and month, such as 2029-07, or a day, such as 2029-07-31", yearMonth, whyNotDate},
		{"DD/MM/YYYY", expiry, false, "must be a day, month and year, such as 31/07/2029", dayMonthYear, whyNotDate},
		{"MM/DD/YYYY", expiry, false, "must be a month, day and year, such as 07/31/2029", monthDayYear, whyNotDate},
		{
			"phone", []string{"phone_country", "phone_number"}, false,
			"must be a phone number with plus and calling code, such as +4915112345678", phone, whyNotPhone,
		},
		{
			"country", []string{"country", "address_country"}, true,
			"must be a country's name or code, such as Germany, DEU or DE", country, nil,
		},
		{"language", []string{"language"}, false, "must be a language, such as de, de-DE or de_AT", languageOfLocale, nil},
	}
}

func country(value string) ([]string, bool) {
	code, known := iso.CountryCode(value)

	return []string{code}, known && !strings.ContainsAny(value, "/;|+") // CU/BA are two
}

// languageOfLocale makes de of de_DE. What stands behind the language must be a script, a region or an encoding.
func languageOfLocale(value string) ([]string, bool) {
	language, charset, behind := strings.Cut(value, ".") // de_DE.UTF-8
	if behind && !encoding(charset) {
		return nil, false
	}

	parts := strings.Split(strings.ReplaceAll(language, "_", "-"), "-")

	for _, part := range parts[1:] {
		if !subtag(part) {
			return nil, false
		}
	}

	code := strings.ToLower(parts[0])

	return []string{code}, jobs.ValidLanguage(code)
}

// encoding reports whether a text can be the encoding of a locale, all of which have a digit in them.
func encoding(text string) bool { return strings.ContainsAny(text, "0123456789") }

// subtag reports whether a text can be a script, a region or a variant in a locale (BCP 47).
func subtag(part string) bool {
	const least, most = 2, 8

	if len(part) == least { // de-en-fr are several languages
		region := strings.ToUpper(part)

		return jobs.ValidCountry(region) || region == "UK"
	}

	return len(part) > least && len(part) <= most && !strings.ContainsFunc(part, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func digits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}
