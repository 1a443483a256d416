package convert_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhyAValueIsRefused(t *testing.T) {
	t.Parallel()

	for name, cases := range map[string]map[string]string{
		"digits": {
			"5204739900001898.0": "is a number with decimals", "15112345000.0": "is a number with decimals", "5204739900001898,0": "is a number with decimals",
			"5204 7316 0001 4784.0":   "ends in decimals",
			"5204 7316 0001 4784 01":  "is a card number and something else beside it",
			"5204 7316 0001 4784 abc": "must be digits in groups",
		},
		"phone": {
			"+4915112345000.0": "ends in decimals", "4915112345000.0": "is a number with decimals",
			"+39 (0)6 12345678": "has (0) behind a calling code", "+49 CALL": "must be a phone number with plus",
		},
		"MM/YY": {
			"07/06/2029": `say "as": "DD/MM/YYYY" or "MM/DD/YYYY"`, "1229.0": "is a number with decimals",
			"47483": "is the number that a spreadsheet has for a day", "x": "must be month and year",
		},
		"YY/MM": {"2029-11-30T23:00:00Z": "is a time in UTC at the end of a month", "2029.0": "is a number with decimals"},
		"YY":    {"2029.0": "is a number with decimals", "x": "must be a year"},
	} {
		for value, want := range cases {
			_, ok := conversion(t, name).Make(value)
			require.False(t, ok, value)
			require.Contains(t, conversion(t, name).Reason(value), want, "%s of %s", name, value)
		}
	}
}
