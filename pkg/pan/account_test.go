package pan_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// Beside the first six and last four digits an own key may not bring so much that the number is complete: the border is here.
func TestPartInFindsTheAccountNumber(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked("5204731698014784")     // account 169801478 or, with eight digits of the bank, 9801478
	maestro := pan.Unchecked("6799990100200300410") // account 010020030041
	test := pan.Unchecked("5186150000000012")       // as made for tests

	for name, c := range map[string]struct {
		number      pan.Number
		text        string
		key, anyone bool
	}{
		"the account number":              {number, "169801478", true, true},
		"with the check digit":            {number, "1698014784", true, true},
		"in a word":                       {number, "acc169801478x", true, true},
		"among other digits":              {number, "70169801478002", true, true},
		"with zeros before it":            {number, "0000169801478", true, true},
		"in full width":                   {number, "１６９８０１４７８", true, true},
		"escaped":                         {number, "%31%36%39%38%30%31%34%37%38", true, true},
		"in groups":                       {number, "169-801-478", true, false},
		"all but its first digit":         {number, "69801478", true, false},
		"eight digits among others":       {number, "7069801478", true, false},
		"of a bank of eight digits":       {number, "9801478", true, false},
		"the same, with zeros before it":  {number, "0009801478", true, false},
		"the same in a group of its own":  {number, "branch 0017, account 9801478", true, false},
		"the same among other digits":     {number, "179801478", false, false},
		"all that is not kept":            {number, "169801", true, false},
		"all that is not kept, in groups": {number, "16-98-01", true, false},
		"the same among other digits too": {number, "7169801", false, false},
		"six digits of it":                {number, "698014", false, false},
		"five digits of it":               {number, "16980", false, false},
		"first six and last four":         {number, "5204734784", false, false},
		"the bank and a counter":          {number, "520473169899", false, false},
		"a counter and the last four":     {number, "20264784", false, false},
		"nothing":                         {number, "", false, false},
		"a word":                          {number, "customer", false, false},
		"of a longer number":              {maestro, "010020030041", true, true},
		"without its zero":                {maestro, "10020030041", true, true},
		"seven digits of a longer number": {maestro, "1002003", true, false},
		"zeros of a number for tests":     {test, "card-00000001", false, false},
		"more zeros of it":                {test, "0000000012", false, false},
		"its middle":                      {test, "000000", false, false},
		"no number":                       {pan.Number{}, "169801478", false, false},
		"too short to be a number":        {pan.Unchecked("169801478"), "169801478", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.key, c.number.PartIn(c.text), "as a key")
			require.Equal(t, c.anyone, c.number.AccountIn(c.text), "anywhere")
		})
	}
}

// Keys that have nothing to do with the card are refused by chance once in millions.
func TestPartInIsNotFoundByChance(t *testing.T) {
	t.Parallel()

	random := rand.New(rand.NewPCG(1, 2))
	found := 0

	for range 60_000 {
		number := pan.Unchecked(fmt.Sprintf("52047399%08d", random.IntN(100_000_000)))

		for _, key := range []string{
			fmt.Sprintf("52047399%04d", random.IntN(10_000)), fmt.Sprintf("%d-%s", random.IntN(100_000), number.Last4()),
			fmt.Sprintf("%010d", random.IntN(10_000_000_000)), fmt.Sprintf("%07d", random.IntN(10_000_000)),
		} {
			if number.PartIn(key) {
				found++
			}
		}
	}

	require.LessOrEqual(t, found, 1)
}

// What is kept of an answer shows no account number either: first six and last four stand beside it.
func TestMaskInHidesTheAccountNumber(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked("5204731698014784")

	for text, want := range map[string]string{
		"account 169801478 is closed":       "account ********* is closed",
		"account 1698014784 is closed":      "account ******4784 is closed",
		"169801":                            "******",
		"consumer of 9801478":               "consumer of *******",
		"card 520473******4784":             "card 520473******4784",
		"order 20261126 of 5204731":         "order 20261126 of 5204731",
		"try again after 16980 s, code 698": "try again after 16980 s, code 698",
	} {
		require.Equal(t, want, number.MaskIn(text))
	}
}

// What others make up as ids holds parts of account numbers by chance, and is not to be refused for it.
func TestLargelyInLeavesIDsOfOthersAlone(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked("5204731698014784")

	for id, want := range map[string]bool{
		"8b3f5c1e-6d0e-4a39-9a6d-000169801478": false, // the account number
		"8b3f5c1e-6d0e-4a39-9a6d-73169801478b": true,  // eleven digits of the number
		"520473-8b3f-16980147-84":              true,
		"5204731698014784":                     true,
		"8b3f5c1e-6d0e-4a39-9a6d-1b2c3d4e5f60": false,
		"":                                     false,
	} {
		require.Equal(t, want, number.LargelyIn(id), id)
	}
}
