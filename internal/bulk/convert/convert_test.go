package convert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/convert"
)

func conversion(tb testing.TB, name string) convert.Conversion {
	tb.Helper()

	all := convert.Conversions()
	i := slices.IndexFunc(all, func(c convert.Conversion) bool { return c.Name == name })
	require.GreaterOrEqual(tb, i, 0, name)

	return all[i]
}

func TestConversions(t *testing.T) {
	t.Parallel()

	for name, cases := range map[string]map[string]string{
		"digits": {
			"5204 7316 0001 4784": "5204731600014784", "5204-7316-0001-4784": "5204731600014784", "12\u00a034": "1234", "12.34": "1234",
			"5204 7316 X": "", "-": "", "１２": "",
		},
		"YY": {"29": "2029", "00": "2000", "2029": "2029", "9": "", "229": "", "20 29": "", "x9": ""},
		"MM/YY": {
			"07/29": "07 2029", "7/29": "7 2029", "07/2029": "07 2029", "07-29": "07 2029", "07.29": "07 2029", "07 / 29": "07 2029",
			"0729": "07 2029", "072029": "07 2029", "13/29": "13 2029", "07/9": "", "007/29": "", "07/29/01": "", "07": "", "729": "", "Jul/29": "", "/": "",
		},
		"YY/MM": {
			"2029-07": "07 2029", "29/07": "07 2029", "2907": "07 2029", "202907": "07 2029", "2029-07-31": "07 2029", "2029-07-31-1": "",
			"2029-07-1": "", "2029": "29 2020", "29": "", "2029-Jul": "",
		},
		"phone": {
			"+4915112345678": "49 15112345678", "+49 151 123-456/78": "49 15112345678", "0049 (0)151 12345678": "49 15112345678", "+1 (555) 555-0100": "1 5555550100",
			"+353861234567": "353 861234567", "+7 495 1234567": "7 4951234567", "+42012345": "420 12345",
			"015112345678": "", "4915112345678": "", "+999123456": "", "+49": "", "+": "", "": "", "+1234567890123456": "", "+49 151 CALL": "", "++4915112345678": "",
		},
		"country":  {"Germany": "DE", "DEU": "DE", "de": "DE", "Nowhere": ""},
		"language": {"de": "de", "DE": "de", "de-AT": "de", "pt_BR": "pt", "German": "", "d-E": ""},
	} {
		convert := conversion(t, name).Make

		for in, want := range cases {
			made, ok := convert(in)
			require.Equal(t, want != "", ok, "%s of %q", name, in)

			if ok {
				require.Equal(t, want, strings.Join(made, " "), "%s of %q", name, in)
			}
		}
	}
}

// A calling code is found without a blank behind it because none is the begin of another.
func TestNoCallingCodeIsTheBeginOfAnother(t *testing.T) {
	t.Parallel()

	count := 0

	for _, code := range numbers() {
		if !convert.IsCallingCode(code) {
			continue
		}

		count++

		for length := 1; length < len(code); length++ {
			require.False(t, convert.IsCallingCode(code[:length]), code)
		}
	}

	require.Greater(t, count, 200)
}

// numbers are all of one to three digits.
func numbers() []string {
	var all []string

	const ten = "0123456789"

	for _, a := range ten {
		all = append(all, string(a))

		for _, b := range ten {
			all = append(all, string(a)+string(b))

			for _, c := range ten {
				all = append(all, string(a)+string(b)+string(c))
			}
		}
	}

	return all
}

// Whatever the value, what is made of it has a value for each column, and nothing but what columns of numbers hold.
func FuzzConversions(f *testing.F) {
	for _, seed := range []string{"07/29", "2029-07-31", "+49 151 12345678", "5204 7316 0001 4784", "Germany", "de_DE", "\xff", "٣"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range convert.Conversions() {
			made, ok := c.Make(value)
			if !ok {
				continue
			}

			want := len(c.To)
			if c.AnyOf {
				want = 1
			}

			require.Len(t, made, want, c.Name)

			for _, text := range made {
				require.NotEmpty(t, text, c.Name)

				if c.Name != "country" && c.Name != "language" {
					require.Empty(t, strings.Trim(text, "0123456789"), c.Name)
				}
			}
		}
	})
}
