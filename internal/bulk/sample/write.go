package sample

import (
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"enroll.example/clicktopay/internal/formula"
	"enroll.example/clicktopay/pkg/pan"
)

// columns are those of the file.
func columns() []string {
	return []string{
		"external_card_id", "external_consumer_id", "pan", "exp_month", "exp_year", "cardholder_name", "first_name", "last_name",
		"email", "phone_country", "phone_number", "language", "country",
		"address_line1", "address_line2", "city", "state", "zip", "address_country",
	}
}

// Write writes the file. The same seed gives the same file.
func Write(w io.Writer, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a sample and no secret; it has to be the same each time

	var kinds []Kind

	for _, kind := range Kinds() {
		for range kind.Rows {
			kinds = append(kinds, kind)
		}
	}

	random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })

	file := csv.NewWriter(w)
	if err := file.Write(columns()); err != nil {
		return fmt.Errorf("writing the sample: %w", err)
	}

	serials := map[int]int{} // of each scenario: no two cards have the same number

	for i, kind := range kinds {
		row := person(random, i+1)
		row["pan"] = number(kind.Scenario, serials[kind.Scenario])
		serials[kind.Scenario]++

		if kind.spoil != nil {
			kind.spoil(row)
		}

		if err := file.Write(formula.GuardAll(cells(row))); err != nil {
			return fmt.Errorf("writing the sample: %w", err)
		}
	}

	file.Flush()

	return file.Error()
}

// number is a card number of the sandbox's own range: eight digits, two for
// what is to happen, five to tell cards apart, the check digit.
func number(scenario, serial int) string {
	partial := fmt.Sprintf("52047399%02d%05d", scenario, serial)
	return partial + string(pan.CheckDigit(partial))
}

// person invents the holder of a card and where the bills go.
func person(random *rand.Rand, i int) map[string]string {
	first, last, home := pick(random, givenNames()), pick(random, familyNames()), pick(random, homes())

	row := map[string]string{
		"external_card_id":     fmt.Sprintf("card-%05d", i),
		"external_consumer_id": fmt.Sprintf("customer-%05d", i),
		"exp_month":            strconv.Itoa(1 + random.IntN(12)),
		"exp_year":             strconv.Itoa(2029 + random.IntN(3)),
		"cardholder_name":      first.text + " " + last.text,
		"first_name":           first.text,
		"last_name":            last.text,
		"email":                fmt.Sprintf("%s.%s.%d@example.com", first.ascii, last.ascii, i),
		"phone_country":        home.calling,
		"phone_number":         fmt.Sprintf("%s%04d", home.area, random.IntN(10_000)),
		"language":             home.language,
		"country":              home.country,
		"address_line1":        fmt.Sprintf(home.street, 1+random.IntN(98)),
		"city":                 home.city,
		"state":                home.state,
		"zip":                  home.zip,
		"address_country":      home.country,
	}

	switch random.IntN(8) { // files are uneven
	case 0:
		row["cardholder_name"] = last.text + ", " + first.text
	case 1:
		row["phone_country"], row["phone_number"] = "49", fmt.Sprintf("1512%07d", random.IntN(10_000_000))
	case 2:
		row["address_line2"] = fmt.Sprintf("Apt %d, 2nd floor", 1+random.IntN(40))
	case 3:
		row["cardholder_name"] = `"` + first.text + `" ` + last.text
	}

	return row
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
