package convert_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}

		return r
	}, text)
}

// Whatever the value: what a conversion accepts, it does not alter in meaning.
func FuzzConversionsKeepTheMeaning(f *testing.F) {
	for _, seed := range []string{
		"07/29", "129", "31.12.2029", "12/31/2029 12:00:00 AM", "2029-07-31", "2029-07-31T22:00:00Z", "Dec-29", "31-DEC-29", "+49 (0)151 12345678",
		"+4915112345000.0", "0049 151/1234567", "5204 7316 0001 4784", "5204739900001898.0", "Germany", "de_DE.UTF-8", "\xff", "٣",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range convert.Conversions() {
			made, ok := c.Make(value)
			if !ok {
				require.NotEmpty(t, c.Reason(value), c.Name)
				continue
			}

			want := len(c.To)
			if c.AnyOf {
				want = 1
			}

			require.Len(t, made, want, c.Name)
			requireMeaning(t, c.Name, value, made)
		}
	})
}

func requireMeaning(t *testing.T, name, value string, made []string) {
	t.Helper()

	switch name {
	case "digits":
		require.Equal(t, onlyDigits(value), made[0], "every digit, in its order, and no other")
		require.False(t, strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Cf, r) }))
		requireNoDecimals(t, value)
	case "phone":
		digits := onlyDigits(strings.Replace(value, "(0)", "", 1))
		require.Equal(t, strings.TrimPrefix(digits, "00"), made[0]+made[1])
		require.True(t, convert.IsCallingCode(made[0]))
		requireNoDecimals(t, value)
	case "country":
		require.True(t, jobs.ValidCountry(made[0]))
	case "language":
		require.True(t, strings.HasPrefix(strings.ToLower(value), made[0]))
	case "YY":
		require.True(t, made[0] == value || made[0] == "20"+value)
	default: // a month and a year
		require.Equal(t, made[0], onlyDigits(made[0]))
		require.Len(t, onlyDigits(made[1]), 4)
		require.Contains(t, value, made[1][2:], "the year is in the value")

		if !strings.ContainsFunc(value, unicode.IsLetter) {
			require.Contains(t, value, made[0], "the month is in the value")
		}
	}
}

// requireNoDecimals accepts nothing that a program can read as a number with decimals, but for one with a zero in front.
func requireNoDecimals(t *testing.T, value string) {
	t.Helper()

	before, after, found := strings.Cut(value, ".")
	if found && before != "" && onlyDigits(before) == before && onlyDigits(after) == after {
		require.Equal(t, "0", before[:1], "a number with decimals")
		require.NotEqual(t, "0", before)
		require.NotEmpty(t, strings.Trim(after, "0"))
	}
}

// A day beside the name of a month is never taken for the year: 31-Dec is what a spreadsheet writes of a day in any year.
func TestADayIsNeverMadeAYear(t *testing.T) {
	t.Parallel()

	for day := 1; day <= 31; day++ {
		for _, form := range []string{"%d-Dec", "%02d-Dec", "%d. Dezember", "%d Dec", "%d/Dec"} {
			for _, c := range convert.Conversions() {
				value := fmt.Sprintf(form, day)
				if _, ok := c.Make(value); ok {
					require.Fail(t, "taken", "%s of %s", c.Name, value)
				}

				if c.To[0] == "exp_month" {
					require.Contains(t, c.Reason(value), "a day or a year", "%s of %s", c.Name, value)
				}
			}
		}
	}
}

// A card number in groups is that card number; with anything behind it or in front of it, it is refused or stays what it is.
func TestACardNumberIsNeverMadeAnother(t *testing.T) {
	t.Parallel()

	digits := conversion(t, "digits").Make
	random := rand.New(rand.NewPCG(1, 2))

	for range 200 {
		number := cardNumber(random)

		for _, separator := range []string{" ", "-", ".", "\u00a0", "\u2013", "  ", " - "} {
			made, ok := digits(inFours(number, separator))
			require.True(t, ok)
			require.Equal(t, number, made[0])
		}

		for _, form := range []string{number, inFours(number, " "), inFours(number, "-"), inFours(number, ".")} {
			for _, more := range []string{".0", ".00", ".000", ",0", ",00", " 00", "-00", "-01", " 1", " 01", " 1229", "-12-29", "E0", "e+0", "x", "=", "*", "/1", " / 12", "\u200b"} {
				_, ok := digits(form + more)
				require.False(t, ok, "%s", form+more)
			}

			for _, more := range []string{"01 ", "1-", "0.", "+", "-", "#", "x", "'"} {
				_, ok := digits(more + form)
				require.False(t, ok, "%s", more+form)
			}
		}
	}
}

// A phone number in groups is that number; with another number, an extension or decimals behind it, it is refused.
func TestAPhoneNumberIsNeverMadeAnother(t *testing.T) {
	t.Parallel()

	phone := conversion(t, "phone").Make

	for _, form := range []string{
		"+4915112345678", "+49 151 12345678", "004915112345678", "+49 (0)151 12345678", "+49 151-12345678", "+49 151/12345678", "+49.15112345678", "+49 (151) 12345678",
	} {
		made, ok := phone(form)
		require.True(t, ok, form)
		require.Equal(t, []string{"49", "15112345678"}, made, form)

		for _, more := range []string{
			".0", ".00", ",0", ".5", "x5", " x5", " ext. 5", " ext 5", " Durchwahl 5", " #5", ";ext=5", "/79", "/890", "/15112345679", " / 15112345679", ", +4915112345679",
			"+4915112345679", " +4915112345679", "\n+4915112345679", " 15112345679", " (5)", "E0", "E+10", "p", "*", "\u200b", "\u0665",
		} {
			_, ok := phone(form + more)
			require.False(t, ok, "%q", form+more)
		}
	}
}

func cardNumber(random *rand.Rand) string {
	for {
		number := fmt.Sprintf("52%014d", random.Int64N(100_000_000_000_000))
		if pan.Luhn(number) {
			return number
		}
	}
}

func inFours(number, separator string) string {
	var groups []string
	for chunk := range slices.Chunk([]byte(number), 4) {
		groups = append(groups, string(chunk))
	}

	return strings.Join(groups, separator)
}

// Every month of fifty years, in every form in which it is taken, is that month, or is refused; it is never another.
func TestADateIsNeverMadeAnother(t *testing.T) {
	t.Parallel()

	taken := map[string]int{}

	for year := 2020; year < 2070; year += 3 {
		for month := time.January; month <= time.December; month++ {
			for _, day := range []int{1, 12, 13, 28, time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()} {
				date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)

				for name, forms := range dateForms() {
					for _, form := range forms {
						made, ok := conversion(t, name).Make(date.Format(form))
						if !ok {
							continue
						}

						taken[name+" "+form]++

						require.Equal(t, fmt.Sprintf("%d %d", month, year), strings.TrimPrefix(made[0], "0")+" "+made[1], "%s of %s", name, date.Format(form))
					}
				}
			}
		}
	}

	for name, forms := range dateForms() {
		for _, form := range forms {
			require.NotZero(t, taken[name+" "+form], "%s takes %s", name, form)
		}
	}
}

func dateForms() map[string][]string {
	// Of these, all are taken or refused in every order, but for those that cannot be told apart in it.
	names := []string{"January 2006", "02-Jan-2006", "Jan 2, 2006", "2006-Jan-02", "2 January 2006", "2006-Jan", "Jan-2006"}

	return map[string][]string{
		"MM/YY": append([]string{
			"01/06", "1/06", "01/2006", "0106", "106", "012006", "02.01.2006", "02/01/2006", "01/02/2006", "2.1.2006", "02-01-2006",
			"02.01.2006 15:04", "1/2/2006 3:04:05 PM", "02/01/2006 15:04:05",
		}, append(names, "Jan-06", "2-Jan-06")...),
		"YY/MM": append([]string{
			"06/01", "2006-01", "0601", "200601", "2006-01-02", "20060102", "2006/01/02", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05-07",
		}, append(names, "Jan-06")...),
		"DD/MM/YYYY": append([]string{"02/01/2006", "2.1.2006", "02012006", "02/01/06", "02/01/2006 15:04"}, append(names, "Jan-06", "2-Jan-06")...),
		"MM/DD/YYYY": append([]string{"01/02/2006", "1-2-2006", "01022006", "01/02/06", "1/2/2006 3:04:05 PM"}, append(names, "2-Jan-06")...),
	}
}
