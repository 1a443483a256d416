package inspect

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/iso"
	"enroll.example/clicktopay/pkg/pan"
)

// redactSample is a value as it may be seen on a terminal: of a card number what
// truncation leaves, of codes that say nothing about a person all, of everything
// else its shape, letters as x and digits as 9.
func redactSample(feeds []string, value string) string {
	value = strings.ToValidUTF8(value, string(utf8.RuneError))

	if slices.Contains(feeds, "pan") {
		if made, ok := onlyDigits(value); ok {
			return pan.Unchecked(made).String()
		}
	}

	if code, plain := commonCode(feeds, value); plain {
		return code
	}

	const enough = 24

	shape := []rune(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '9'
		case unicode.IsUpper(r):
			return 'X'
		case unicode.IsLetter(r), unicode.IsMark(r):
			return 'x'
		case unicode.IsPrint(r) && r < utf8.RuneSelf:
			return r
		default:
			return '.'
		}
	}, value))

	if len(shape) > enough {
		return string(shape[:enough]) + "..."
	}

	return string(shape)
}

// commonCode is the value of a column that many people have in common.
func commonCode(feeds []string, value string) (string, bool) {
	if len(feeds) != 1 {
		return "", false
	}

	switch feeds[0] {
	case "country", "address_country":
		_, known := iso.CountryCode(value)
		return value, known
	case "language", "phone_country":
		return value, len(value) <= 3
	default:
		return "", false
	}
}

func onlyDigits(value string) (string, bool) {
	made, ok := columns.Converted("digits", value)

	return strings.Join(made, ""), ok
}
