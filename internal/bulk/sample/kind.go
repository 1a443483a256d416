package sample

import "strconv"

// Kind is a number of rows of the file that come to the same end.
type Kind struct {
	Name string
	Rows int
	// Status is the final status of their jobs, Code the code with which they are
	// rejected before there is a job. Each kind has one of the two.
	Status, Code string
	// Scenario of the sandbox, which a card number of its range chooses by two of its digits.
	Scenario int

	spoil func(row map[string]string) // makes the row faulty
}

// The final statuses that occur.
const (
	enrolled        = "enrolled"
	alreadyEnrolled = "already_enrolled"
	rejected        = "rejected"
)

// Kinds are the rows of the file: one in 19 fails in the end, one in 15 sees trouble.
func Kinds() []Kind {
	return []Kind{
		{Name: "enrolled at once", Rows: 559, Status: enrolled},

		{Name: "wrong check digit", Rows: 3, Code: "INVALID_PAN", spoil: wrongCheckDigit},
		{Name: "expired card", Rows: 3, Code: "EXPIRED_CARD", spoil: put("exp_year", "2023")},
		{Name: "no email", Rows: 3, Code: "INVALID_FIELD", spoil: put("email", "")},
		{Name: "month 13", Rows: 1, Code: "INVALID_FIELD", spoil: put("exp_month", "13")},
		{Name: "letters in the phone number", Rows: 1, Code: "INVALID_FIELD", spoil: put("phone_number", "555 CALL")},

		{Name: "card number not eligible", Rows: 8, Status: rejected, Scenario: 10},
		{Name: "card number unknown to the issuer", Rows: 3, Status: rejected, Scenario: 11},
		{Name: "declined by the issuer", Rows: 8, Status: rejected, Scenario: 12},
		{Name: "not eligible for a token", Rows: 2, Status: rejected, Scenario: 13},

		{Name: "enrolled before", Rows: 2, Status: alreadyEnrolled, Scenario: 1},
		{Name: "throttled once", Rows: 1, Status: enrolled, Scenario: 28},
		{Name: "failed once", Rows: 1, Status: enrolled, Scenario: 50},
		{Name: "unavailable once", Rows: 2, Status: enrolled, Scenario: 53},
		{Name: "slow", Rows: 1, Status: enrolled, Scenario: 60},
		{Name: "answer lost once", Rows: 1, Status: enrolled, Scenario: 70},
		{Name: "answer cut short once", Rows: 1, Status: enrolled, Scenario: 81},
	}
}

// put is a fault of one cell.
func put(column, value string) func(map[string]string) {
	return func(row map[string]string) { row[column] = value }
}

func wrongCheckDigit(row map[string]string) {
	number := row["pan"]
	check, _ := strconv.Atoi(number[len(number)-1:])
	row["pan"] = number[:len(number)-1] + strconv.Itoa((check+1)%10)
}
