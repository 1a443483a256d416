package pan_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// numbers that pass for cards, one of each kind.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var numbers = map[string]string{
	"Mastercard":        "5204731600014784",
	"Mastercard 2":      withCheckDigit("222100000000001"),
	"Visa":              "4111111111111111",
	"Visa of thirteen":  "4222222222222",
	"Visa of nineteen":  withCheckDigit("411111111111111111"),
	"Amex":              "378282246310005",
	"Diners":            "30569309025904",
	"Discover":          "6011111111111117",
	"JCB":               "3530111333300000",
	"UnionPay":          withCheckDigit("621234567890123"),
	"UnionPay nineteen": withCheckDigit("621234567890123456"),
	"Maestro thirteen":  withCheckDigit("501800000000"),
	"Maestro nineteen":  withCheckDigit("675912345678901234"),
	"Mir":               withCheckDigit("220012345678901"),
	"Troy":              withCheckDigit("979212345678901"),
}

func withCheckDigit(partial string) string { return partial + string(pan.CheckDigit(partial)) }

func TestLooksLikeCard(t *testing.T) {
	t.Parallel()

	forms := map[string]func(string) string{
		"alone":               func(n string) string { return n },
		"in a word":           func(n string) string { return "card" + n + "x" },
		"behind a key":        func(n string) string { return "4711-" + n },
		"blanks":              func(n string) string { return spread(n, 4, " ") },
		"no-break spaces":     func(n string) string { return spread(n, 4, "\u00a0") },
		"hyphens":             func(n string) string { return spread(n, 4, "-") },
		"dots, all over":      func(n string) string { return spread(n, 1, ".") },
		"underscores":         func(n string) string { return spread(n, 6, "_") },
		"several characters":  func(n string) string { return spread(n, 8, " / ") },
		"zero width":          func(n string) string { return spread(n, 2, "\u200b") },
		"full width":          func(n string) string { return inScript(n, '０') },
		"Arabic-Indic":        func(n string) string { return inScript(n, '٠') },
		"mathematical bold":   func(n string) string { return inScript(n, '\U0001d7ce') },
		"percent encoding":    func(n string) string { return spread(n, 4, "%20") },
		"entities":            func(n string) string { return spread(n, 4, "&emsp13;") },
		"behind a run of two": func(n string) string { return "12 34, " + spread(n, 4, " ") },
	}

	for kind, number := range numbers {
		for form, write := range forms {
			t.Run(kind+" "+form, func(t *testing.T) {
				t.Parallel()
				require.True(t, pan.Luhn(number))
				require.True(t, pan.LooksLikeCard(write(number)), write(number))
				require.True(t, pan.Contains(write(number)))
			})
		}
	}

	require.True(t, pan.LooksLikeCard("000"+numbers["Mastercard"]), "as a wider field is filled")
}

func TestWhatIsNoCard(t *testing.T) {
	t.Parallel()

	for name, text := range map[string]string{
		"nothing":                       "",
		"a wrong check digit":           "5204731600014780",
		"a length that no Visa has":     withCheckDigit("41111111111111"),
		"a range of no brand":           withCheckDigit("999900000000000"),
		"an account of an airline":      withCheckDigit("10000000000000"),
		"a letter in the middle":        "52047316x00014784",
		"a long way between":            "52047316 (batch) 00014784",
		"longer than a number":          "99995204731600014784",
		"milliseconds since 1970":       "1767322245677",
		"nanoseconds since 1970":        "1767322245677000000",
		"a UUID with a number in it":    "8b3f5c1e-5204-4731-a001-4784" + "52b1d8f1",
		"a UUID of an order":            "order_42222222-2222-4c2e-9a6d-52b1d8f1c0de.7",
		"a hash with a number in it":    "abc5204731600014784deadbeefcafe1"[:32],
		"a phone number":                "+" + numbers["Visa of thirteen"],
		"a masked number":               "520473******4784",
		"dates and a counter":           "2026-11-26 000123",
		"a date, a time and fractions":  "2026-11-26T14:46:04.520473Z",
		"a truncated number and a year": "520473******4784 2029",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.False(t, pan.LooksLikeCard(text), text)
		})
	}
}

// Timestamps, written as usual, are never taken for cards: ids are made of them.
func FuzzTimestampsAreNoCards(f *testing.F) {
	f.Add(int64(1767322245), uint32(123456789))
	f.Fuzz(func(t *testing.T, seconds int64, nanos uint32) {
		at := timestamp(seconds, nanos)
		for _, layout := range []string{
			"20060102150405", "20060102-150405", "20060102150405.000", "2006-01-02 15:04:05.000", "2006-01-02-15-04-05",
			"2006-01-02T15:04:05.000Z", "2006_01_02_150405", "20060102150405000", "02.01.2006 15:04:05", "02/01/2006 15:04:05.00",
		} {
			require.False(t, pan.LooksLikeCard(at.Format(layout)), at.Format(layout))
		}
	})
}

// Every set of ten decimal digits that Unicode knows is read.
func TestDigitsOfEveryScript(t *testing.T) {
	t.Parallel()

	sets := 0

	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}

		// A set begins with its zero, and the sets of a block follow each other.
		require.True(t, unicode.Is(unicode.Nd, r+9), "%U", r)
		require.True(t, pan.LooksLikeCard(inScript(numbers["Mastercard"], r)), "%U", r)

		r += 9
		sets++
	}

	require.Greater(t, sets, 60)
}

// spread puts something between groups of so many digits.
func spread(digits string, size int, between string) string {
	var groups []string
	for len(digits) > size {
		groups, digits = append(groups, digits[:size]), digits[size:]
	}

	return strings.Join(append(groups, digits), between)
}

// inScript writes digits in the script whose zero is given.
func inScript(digits string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return zero + r - '0'
		}

		return r
	}, digits)
}
