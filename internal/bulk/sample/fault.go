package sample

import "strings"

// fault is a way in which a row of a generated file is wrong.
type fault struct {
	name, code string
	spoil      func(row map[string]string)
	prefix     string   // what stands before the row and belongs to it
	more       []string // cells too many
	rare       bool
}

const (
	// rareEvery is how seldom a rare fault is: once in so many rounds of all faults.
	rareEvery = 1000
	// tooLong is more than a line can have.
	tooLong = 70 << 10
)

// faults are those of the sample, and those that a file that somebody looks at should not have.
func faults() []fault {
	var all []fault

	for _, kind := range Kinds() {
		if kind.Code != "" {
			all = append(all, fault{name: kind.Name, code: kind.Code, spoil: kind.spoil})
		}
	}

	return append(all,
		fault{name: "a card number as key", code: "CARD_IN_CLEAR", spoil: func(row map[string]string) {
			row["external_card_id"] = row["pan"]
		}},
		fault{name: "no card number", code: "INVALID_FIELD", spoil: put("pan", "")},
		fault{name: "a card number with blanks", code: "INVALID_FIELD", spoil: func(row map[string]string) {
			row["pan"] = row["pan"][:4] + " " + row["pan"][4:]
		}},
		fault{name: "a year of two digits", code: "INVALID_FIELD", spoil: put("exp_year", "30")},
		fault{name: "an email without at", code: "INVALID_FIELD", spoil: put("email", "ana.example.com")},
		fault{name: "a country spelled out", code: "INVALID_FIELD", spoil: put("country", "Germany")},
		fault{name: "a street too long", code: "INVALID_FIELD", spoil: put("address_line1", strings.Repeat("x", 76))},
		fault{name: "a control character", code: "CONTROL_CHARACTER", spoil: put("last_name", "Mue\x07ller")},
		fault{name: "Latin-1", code: "NOT_UTF8", spoil: put("last_name", "M\xfcller")},
		fault{name: "a comma too many", code: "FIELD_COUNT", spoil: asItIs, more: []string{""}},
		fault{name: "a quote inside", code: "BROKEN_QUOTES", spoil: asItIs, prefix: `5" tall `},
		fault{name: "a line too long", code: "TOO_LONG", spoil: put("address_line2", strings.Repeat("x", tooLong)), rare: true},
	)
}

func asItIs(map[string]string) {}
