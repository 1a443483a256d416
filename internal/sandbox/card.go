package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/pan"
)

// card is what is to be enrolled. A security code, which the API has as an optional member, is
// never taken out of the plaintext.
type card struct {
	number      pan.Number
	month, year string
	address     object
}

// digits is the one place where the sandbox looks at a number in clear.
func (c card) digits() string {
	return c.number.Reveal() //nolint:forbidigo // scenarios are chosen and effects counted by the whole number
}

// readCard opens and checks an encrypted card.
func (s *Sandbox) readCard(token string) (card, *reply) {
	plaintext, err := s.opener.open(token)
	if err != nil {
		return card{}, invalidArgument(detail("CORRUPT_DATA", "encryptedCard", "Invalid encrypted card: "+err.Error()))
	}

	defer clear(plaintext)

	var value any
	if err := json.Unmarshal(plaintext, &value); err != nil {
		return card{}, invalidArgument(detail("CORRUPT_DATA", "encryptedCard", "The decrypted card is not JSON"))
	}

	if violations := s.contract.checkCard(value); len(violations) > 0 {
		return card{}, invalidArgument(violations...)
	}

	members, _ := value.(map[string]any)

	return s.newCard(members)
}

// newCard checks the card of a description that has been validated.
func (s *Sandbox) newCard(read object) (card, *reply) {
	opened := card{
		number:  pan.Unchecked(read.text("primaryAccountNumber")),
		month:   read.text("panExpirationMonth"),
		year:    read.text("panExpirationYear"),
		address: read.object("billingAddress"),
	}

	if opened.number.Check() != nil {
		return card{}, invalidCard("INVALID_PAN", "The PAN is invalid")
	}

	if opened.expired(s.options.Now()) {
		return card{}, invalidArgument(detail("INVALID_VALUE", wholeBody, "card.panExpirationYear: the card has expired"))
	}

	return opened, nil
}

// expired reports whether the month printed on the card is over. The API documents the year alone;
// the month is inferred.
func (c card) expired(now time.Time) bool {
	year, _ := strconv.Atoi(c.year)
	month, _ := strconv.Atoi(c.month)

	return !now.UTC().Before(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC))
}

// receiptCard stands for the card that a push account receipt names: the same card of the "enrolled"
// scenario for the same receipt.
func (s *Sandbox) receiptCard(reference object) (card, *reply) {
	if reference.text("enrolmentReferenceType") != "PUSH_ACCOUNT_RECEIPT" {
		return card{}, permissionDenied("enrolmentReferenceData.enrolmentReferenceType", "Not allowed for the program")
	}

	receipt := reference.text("enrolmentReferenceId")
	if strings.HasPrefix(receipt, ownReceipt) {
		return s.pushedCard(receipt)
	}

	if !strings.HasPrefix(receipt, "MCC-") {
		return card{}, invalidArgument(
			detail("INVALID_VALUE", wholeBody, "enrolmentReferenceData.enrolmentReferenceId: unknown receipt"))
	}

	return card{
		number: pan.Unchecked(PAN(scenarioEnrolled, s.ids.serial(receipt))),
		month:  "12",
		year:   strconv.Itoa(s.options.Now().UTC().Year() + 3),
	}, nil
}

// brand is the API's word for the range that the number is in, or "" for what is not Mastercard's.
func brand(digits string) string {
	switch {
	case digits[:4] >= "2221" && digits[:4] <= "2720", digits[:2] >= "51" && digits[:2] <= "55":
		return "mastercard"
	case digits[:2] == "50", digits[:2] >= "56" && digits[:2] <= "58", digits[:1] == "6":
		return "maestro"
	default:
		return ""
	}
}
