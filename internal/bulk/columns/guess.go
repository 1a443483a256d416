package columns

import (
	"cmp"
	_ "embed" // what people call the columns
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/spelling"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// synonyms are the names that columns have in files: a line for each of ours,
// and for the two that feed two of ours. A name stands at its first line.
//
//go:embed synonyms.txt
var synonyms string

// How a guess was made.
const (
	ByName    = "its name"
	ByMapping = "the mapping"
	guessName = "a guess by its name"
	guessCell = "a guess by its values"
)

// Guess says which of our columns a column of a file probably feeds.
type Guess struct {
	To  []string
	As  string
	How string
}

// Guesser finds out what the columns of a file are.
type Guesser struct {
	Layout    *Layout // of no file: for what is known
	meaningOf map[string]string
	Taken     map[string]bool
}

func NewGuesser(m mapping.Mapping) *Guesser {
	g := &Guesser{Layout: emptyLayout(cardfile.CSV, ',', m), meaningOf: map[string]string{}, Taken: map[string]bool{}}

	for line := range strings.Lines(synonyms) {
		target, names, _ := strings.Cut(line, ":")
		for name := range strings.FieldsSeq(names) {
			if g.meaningOf[name] == "" {
				g.meaningOf[name] = target
			}
		}
	}

	for _, c := range g.Layout.Columns {
		g.meaningOf[spelling.Fold(c.Name)] = c.Name
	}

	return g
}

// ByName guesses by what the column is called; values are some of it.
func (g *Guesser) ByName(name string, values []string) (Guess, bool) {
	target, how := "", guessName

	for _, c := range g.Layout.Columns {
		switch name {
		case c.Name:
			target, how = c.Name, ByName
		case c.member:
			target = c.Name
		}
	}

	if target == "" {
		target = g.meaningOf[spelling.Fold(name[strings.LastIndexByte(name, '.')+1:])]
	}

	found := withConversion(target, values)
	found.How = cmp.Or(found.How, how)

	return found, target != "" && g.Claim(found)
}

// ByValues guesses by what nearly all of the values are.
func (g *Guesser) ByValues(values []string) (Guess, bool) {
	for _, of := range []struct {
		target string
		is     func(string) bool
	}{
		{"pan", func(v string) bool {
			made, ok := Converted("digits", v)
			return ok && fitsPAN(made[0]) && pan.Luhn(made[0])
		}},
		{"email", jobs.ValidEmail},
		{"expiry", func(v string) bool {
			return slices.ContainsFunc(orders(), func(order string) bool { return expiry(order)(v) })
		}},
		{"phone", converts("phone")},
	} {
		if !mostly(values, of.is) {
			continue
		}

		found := withConversion(of.target, values)
		found.How = cmp.Or(found.How, guessCell)

		return found, g.Claim(found)
	}

	return Guess{}, false
}

// Claim reports whether nothing else was taken for the same.
func (g *Guesser) Claim(found Guess) bool {
	if slices.ContainsFunc(found.To, func(name string) bool { return g.Taken[name] }) {
		return false
	}

	for _, name := range found.To {
		g.Taken[name] = true
	}

	return true
}

// withConversion chooses the conversion that the values need. It is one that takes all of them, or none: a conversion
// that takes most of them would be a guess about the others.
func withConversion(target string, values []string) Guess {
	found := Guess{To: []string{target}}
	as := func(conversion string, fits func(string) bool) {
		needed := func(value string) bool {
			made, ok := Converted(conversion, value)
			return ok && !fits(value) && fits(made[0])
		}

		if every(values, converts(conversion)) && slices.ContainsFunc(values, needed) {
			found.As = conversion
		}
	}

	switch target {
	case "pan":
		as("digits", fitsPAN)
	case "exp_year":
		as("YY", digits(4, 4))
	case "country", "address_country":
		as("country", jobs.ValidCountry)
	case "language":
		as("language", jobs.ValidLanguage)
	case "expiry":
		return withExpiryOrder(values)
	case "phone":
		if len(values) > 0 && every(values, converts("phone")) {
			found.To, found.As = []string{"phone_country", "phone_number"}, "phone"
			break
		}

		found.To = []string{"phone_number"}
		as("digits", digits(4, 14))
	}

	return found
}

// withExpiryOrder chooses the order of month and year, or of a day, that all values can have and most of them must have.
func withExpiryOrder(values []string) Guess {
	found := Guess{To: []string{"exp_month", "exp_year"}, As: "MM/YY"}
	if len(values) == 0 {
		return found
	}

	const half = 5

	fits := func(order string) bool {
		return every(values, converts(order)) && tenths(values, inOrder(order)) > half
	}

	switch dayFirst, monthFirst := fits("DD/MM/YYYY"), fits("MM/DD/YYYY"); {
	case fits("MM/YY"):
	case fits("YY/MM"):
		found.As = "YY/MM"
	case (dayFirst || monthFirst) && every(values, yearFirst):
		return Guess{How: "an expiry, by its name, of which the year may come first: have it exported with four digits of the year, " +
			"or say in the mapping DD/MM/YYYY or MM/DD/YYYY"}
	case dayFirst && monthFirst:
		return Guess{How: "an expiry, by its name, with the day or the month first: say in the mapping DD/MM/YYYY or MM/DD/YYYY"}
	case dayFirst:
		found.As = "DD/MM/YYYY"
	case monthFirst:
		found.As = "MM/DD/YYYY"
	default:
		return Guess{How: "an expiry, by its name, of which no conversion takes all values: see docs/files.md"}
	}

	return found
}

// yearFirst reports whether a date can be one with two digits of the year in front, as 29/12/31. With dots nobody writes it so.
func yearFirst(value string) bool {
	_, err := time.Parse("06/01/02", strings.ReplaceAll(value, "-", "/"))

	return err == nil
}

// every reports whether all values are so.
func every(values []string, is func(string) bool) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !is(value) })
}

// mostly reports whether nine of ten values are so, and one at least.
func mostly(values []string, is func(string) bool) bool {
	const ofTen = 9

	return tenths(values, is) >= ofTen
}

// tenths is how many of ten values are so, rounded down; 0 when there are none.
func tenths(values []string, is func(string) bool) int {
	const ten = 10

	count := 0

	for _, value := range values {
		if is(value) {
			count++
		}
	}

	return count * ten / max(1, len(values))
}

func Converted(name, value string) ([]string, bool) {
	c, _ := mapping.Column{As: name}.Conversion()

	return c.Make(value)
}

// converts tells what a conversion understands.
func converts(name string) func(string) bool {
	return func(value string) bool {
		_, ok := Converted(name, value)
		return ok
	}
}

// expiry tells what is a month and a year of a card in that order, and not just some digits.
func expiry(order string) func(string) bool {
	fits := inOrder(order)

	return func(value string) bool { return len(value) > 4 && strings.ContainsAny(value, "/-. ") && fits(value) }
}

// orders are the conversions of an expiry.
func orders() []string { return []string{"MM/YY", "YY/MM", "DD/MM/YYYY", "MM/DD/YYYY"} }

// inOrder tells what can be a month and a year of a card in that order.
func inOrder(order string) func(string) bool {
	return func(value string) bool {
		made, ok := Converted(order, value)

		return ok && fitsMonth(made[0]) && made[1] > "2000" && made[1] < "2100"
	}
}
