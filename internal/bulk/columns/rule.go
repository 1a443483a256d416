package columns

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// The rules of single values, beside those of pkg/jobs. They refuse at least what the schema of the job
// refuses, which is applied again when a row is sealed: the schema is thorough and
// slow, and a person waits for the first look at a file.

func fitsPAN(value string) bool { return digits(pan.MinLength, pan.MaxLength)(value) }

func fitsMonth(value string) bool {
	month := twoDigits(value)

	return len(month) == 2 && month >= "01" && month <= "12" && month[1] >= '0' && month[1] <= '9'
}

func fitsCallingCode(value string) bool { return digits(1, 3)(value) && value[0] != '0' }

// digits are ASCII digits only, so many.
func digits(least, most int) func(string) bool {
	return func(value string) bool {
		if len(value) < least || len(value) > most {
			return false
		}

		for i := range len(value) {
			if value[i] < '0' || value[i] > '9' {
				return false
			}
		}

		return true
	}
}

// upTo is the rule of a part of an address, of at most so many characters.
func upTo(characters int) func(string) bool {
	return func(value string) bool { return jobs.ValidAddress(value, characters) }
}

// oneLine is the rule of an own key.
func oneLine(characters int) func(string) bool {
	return func(value string) bool {
		return (len(value) <= characters || utf8.RuneCountInString(value) <= characters) &&
			!strings.ContainsFunc(value, unicode.IsControl)
	}
}
