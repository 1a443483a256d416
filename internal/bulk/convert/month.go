package convert

import (
	_ "embed" // what months are called
	"strconv"
	"strings"
	"sync"

	"enroll.example/clicktopay/internal/bulk/spelling"
)

// monthNames are the names of the months, a line for each: in English, German, French, Spanish, Italian, Portuguese, Dutch,
// Polish, Danish and Swedish, and as spreadsheets and databases shorten them.
//
//go:embed month-names.txt
var monthNames string

// months are the numbers of the months by their names.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var months = sync.OnceValue(func() map[string]string {
	numbers, number := map[string]string{}, 0

	for line := range strings.Lines(monthNames) {
		number++

		for name := range strings.FieldsSeq(line) {
			numbers[name] = strconv.Itoa(number)
		}
	}

	return numbers
})

// named takes apart what has the name of a month in it: Dec-29, December 2029, 31-DEC-29, Dec 31, 2029, 2029-Dec. It
// returns no month for anything else. Of 29-Dec it returns no year: spreadsheets write a day so, and leave its year out.
func named(date string) (day, month, year string) {
	const monthAndYear, wholeDate = 2, 3

	parts := strings.FieldsFunc(dashed(date), func(r rune) bool { return blank(r) || strings.ContainsRune("/-.,'’", r) })
	at := -1

	for i, part := range parts {
		switch number := months()[spelling.Fold(part)]; {
		case number != "" && at < 0 && !digits(part):
			month, at = number, i
		case !digits(part):
			return "", "", ""
		}
	}

	switch {
	case at < 0:
		return "", "", ""
	case len(parts) == monthAndYear && at == 1 && mayBeDay(parts[0]):
		return parts[0], month, ""
	case len(parts) == monthAndYear:
		return "", month, parts[1-at]
	case len(parts) != wholeDate:
		return "", "", ""
	case at == 1 && fourDigits(parts[0]) != "": // 2029-Dec-31
		return parts[2], month, parts[0]
	case at == 1:
		return parts[0], month, parts[2]
	case at == 0 && fourDigits(parts[2]) != "":
		return parts[1], month, parts[2]
	default:
		return "", "", ""
	}
}

func namedBeforeTime(value string) (day, month, year string) {
	date, _, _ := cutTime(value)

	return named(date)
}

// mayBeDay reports whether a number of at most two digits can be a day of a month.
func mayBeDay(number string) bool {
	const lastDay = 31

	day, err := strconv.Atoi(number)

	return err == nil && len(number) <= len("31") && day <= lastDay
}
