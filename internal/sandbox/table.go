package sandbox

import (
	"strconv"
	"strings"
)

// TestPAN is a number that others have published as test data, and what the sandbox does with it.
type TestPAN struct {
	PAN string
	// Scenario is the number of the scenario that it is treated as.
	Scenario int
	// Source is who published it.
	Source string
}

// TestPANs returns the numbers of Mastercard's sandbox and of a partner's test guide.
func TestPANs() []TestPAN {
	const (
		mastercard = "Mastercard Checkout Solutions, test data"
		partner    = "Mattilda Payments, network token testing"
	)

	var all []TestPAN

	for _, row := range []struct {
		scenario int
		source   string
		numbers  string
	}{
		{scenarioEnrolled, mastercard, `5186001700008785 5186001700009726 5186001700009908 5186001700008876 5186001700001434
			5120350100064537 5120350100064545 5120350100064552 5120350100064560 5120350100064578
			2223001850114872 2223001851474275`},
		{scenarioEnrolled, partner, `5204731600014784 5204731600013711 5204731600014636 5204731600012804 5204731600014792
			5204731600013729 5204731600014644 5204731600012812 5204731600013737
			5186009200935811 2222690420064590 2222690420064574 2222690420064582 5120342233150747 5120343287499758`},
		{scenarioIneligible, partner, `2223001850064564 5462970394839348 2223520127577835 5460126128200800 5207980000000102`},
		{11, partner, `5204731601950473`},
		{12, partner, `5204731940398145 5204731600000239`},
	} {
		for number := range strings.FieldsSeq(row.numbers) {
			all = append(all, TestPAN{PAN: number, Scenario: row.scenario, Source: row.source})
		}
	}

	return all
}

// table decides by number: first the published test numbers, then the sandbox's own range, then
// whether the number is Mastercard's at all.
type table struct {
	scenarios map[int]Scenario
	published map[string]int
}

func newTable() *table {
	t := &table{scenarios: map[int]Scenario{}, published: map[string]int{}}

	for _, scenario := range Scenarios() {
		t.scenarios[scenario.Number] = scenario
	}

	for _, test := range TestPANs() {
		t.published[test.PAN] = test.Scenario
	}

	return t
}

func (t *table) scenario(digits string) Scenario {
	if number, ok := t.published[digits]; ok {
		return t.scenarios[number]
	}

	if rest, own := strings.CutPrefix(digits, Prefix); own {
		number, _ := strconv.Atoi(rest[:2])
		if scenario, ok := t.scenarios[number]; ok {
			return scenario
		}
	}

	if brand(digits) == "" {
		return t.scenarios[scenarioIneligible]
	}

	return t.scenarios[scenarioEnrolled]
}
