package convert

import (
	"slices"
	"strings"
)

// twoDigitYear makes 2029 of 29, and nothing of 98, which may be of the last century as of this one. Four digits stay.
func twoDigitYear(value string) ([]string, bool) {
	year, ok := year(value)
	return []string{year}, ok
}

func year(value string) (string, bool) {
	const short, long = 2, 4

	switch {
	case !digits(value):
		return "", false
	case len(value) == short:
		return "20" + value, !lastCentury(value)
	case len(value) == long && (value[:short] == "20" || value[:short] == "19"):
		return value, true
	default:
		return "", false
	}
}

// lastCentury reports whether two digits of a year may be of the years before 2000: EMV (Book 4, 6.7.3) takes those from 50
// on for such.
func lastCentury(year string) bool { return digits(year) && len(year) == len("50") && year >= "50" }

// monthYear splits 07/29, 7/2029, 07-29, 0729, and 729 and 72029, which have lost their zero. Of days it takes those
// that can be read in one way only: 31.12.2029, 31/12/2029, 12/31/2029.
func monthYear(value string) ([]string, bool) {
	return expiry(value, func(date []string, between []rune) (day, month, year string) {
		switch len(date) {
		case 1:
			const shortYear, longYear, monthYear = 2, 4, 6

			of := shortYear
			if len(date[0]) > monthYear-shortYear {
				of = longYear
			}

			if at := len(date[0]) - of; at >= 1 {
				return "", date[0][:at], date[0][at:]
			}
		case 2:
			return "", date[0], date[1]
		case 3:
			switch {
			case between[0] == '.' || !month12(date[0]) || sameNumber(date[0], date[1]):
				return date[0], date[1], fourDigits(date[2])
			case !month12(date[1]):
				return date[1], date[0], fourDigits(date[2])
			}
		}

		return "", "", ""
	})
}

// yearMonth splits 2029-07, 29/7, 2907, 202907, and the days 2029-07-31 and 20290731 of a database.
func yearMonth(value string) ([]string, bool) {
	if day, _, year := namedBeforeTime(value); day != "" && fourDigits(year) == "" { // 28-Dec-29: of which the year may come first
		return nil, false
	}

	return expiry(value, func(date []string, between []rune) (day, month, year string) {
		switch len(date) {
		case 1:
			const yearMonth, longYearMonth, wholeDay = 4, 6, 8

			switch text := date[0]; len(text) {
			case yearMonth, longYearMonth:
				return "", text[len(text)-2:], text[:len(text)-2]
			case wholeDay:
				return text[6:], text[4:6], text[:4]
			}
		case 2:
			if between[0] != '.' || len(date[1]) == 2 { // 2029.1 was 2029.10 before it became a number
				return "", date[1], date[0]
			}
		case 3:
			if len(date[2]) == 2 {
				return date[2], date[1], fourDigits(date[0])
			}
		}

		return "", "", ""
	})
}

// dayMonthYear splits 31/12/2029, 31.12.29 and 31122029.
func dayMonthYear(value string) ([]string, bool) {
	return expiry(value, func(date []string, _ []rune) (day, month, year string) {
		return threeParts(date)
	})
}

// monthDayYear splits 12/31/2029, 12/31/29 and 12312029.
func monthDayYear(value string) ([]string, bool) {
	if day, month, year := namedBeforeTime(value); month != "" && day == "" && mayBeDay(year) { // Dec-29 may be a day
		return nil, false
	}

	return expiry(value, func(date []string, _ []rune) (day, month, year string) {
		month, day, year = threeParts(date)
		return day, month, year
	})
}

func threeParts(date []string) (first, second, year string) {
	const wholeDay = 8

	switch {
	case len(date) == 3:
		return date[0], date[1], date[2]
	case len(date) == 1 && len(date[0]) == wholeDay:
		return date[0][:2], date[0][2:4], date[0][4:]
	default:
		return "", "", ""
	}
}

// expiry takes the time off, and a date apart into month and year. Without a day it leaves it to the column's own rule
// whether there is such a month.
func expiry(value string, order func(date []string, between []rune) (day, month, year string)) ([]string, bool) {
	const monthDigits = 2

	written, at, ok := cutTime(value)
	if !ok {
		return nil, false
	}

	day, month, of := named(written)

	if month == "" {
		groups, between, plain := split(written, "/-.")
		if !plain || len(slices.Compact(between)) > 1 {
			return nil, false
		}

		day, month, of = order(groups, between)
	}

	year, ok := year(of)
	if !ok || !digits(month) || len(month) > monthDigits || day == "" && at.given {
		return nil, false
	}

	if day != "" && (!isDay(day, month, year) || at.mayBeAnotherMonth(day, month, year)) {
		return nil, false
	}

	return []string{month, year}, true
}

// fourDigits is the year of a date in which one of two digits could be a day.
func fourDigits(year string) string {
	const long = 4

	if len(year) != long {
		return ""
	}

	return year
}

// month12 reports whether a number can be a month.
func month12(number string) bool {
	number = strings.TrimLeft(number, "0")

	return len(number) == 1 || len(number) == 2 && number <= "12"
}

func sameNumber(a, b string) bool { return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0") }

func whyNotDate(value string) string {
	if whole, _, _ := strings.Cut(value, "."); len(whole) > len("12") && Decimals(value) != "" {
		return Decimals(value)
	}

	written, at, ok := cutTime(value)
	groups, _, plain := split(written, "/-.")

	day, month, year := named(written)

	switch {
	case !ok:
		return ""
	case month != "" && (day != "" && fourDigits(year) == "" || day == "" && mayBeDay(year)):
		return "may be a day or a year beside the month; give the column the format MM/YYYY, or of text, and export it again"
	case at.utc && !at.atMidnight():
		return "is a time in UTC at the end of a month, which may be in another month where it was written; " +
			"export the date without the time"
	case plain && slices.ContainsFunc([]string{groups[0], groups[len(groups)-1]}, lastCentury):
		return "has two digits of a year that may be of the last century; write four digits"
	case plain && len(groups) == 3 && month12(groups[0]) && month12(groups[1]):
		return `may have the day or the month first; say "as": "DD/MM/YYYY" or "MM/DD/YYYY" in the mapping`
	case plain && len(groups) == 1 && len(value) == len("47483"):
		return "is the number that a spreadsheet has for a day; give the column the format of a date, or of text, and export it again"
	default:
		return ""
	}
}
