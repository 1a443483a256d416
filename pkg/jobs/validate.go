package jobs

import (
	"bytes"
	"cmp"
	"errors"
	"strconv"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"enroll.example/clicktopay/pkg/pan"
)

// ParsePayload reads the clear text of a payload and checks it against the
// schema, then against the rules that a schema cannot say: the Luhn check, the expiry, which is good
// until the end of its month anywhere on earth, and the length of a phone number with its calling code.
func ParsePayload(clear []byte, now time.Time) (Payload, *Problem) {
	if payload, ok := canonicalPayload(clear); ok {
		return payload, payload.rules(now)
	}

	return parseAny(clear, now)
}

// checkSealed checks what was in a seal: for what must never be sent, then by its schema.
func checkSealed(clear []byte, by validator) *Problem {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(clear))
	if err != nil && NamesSensitive(clear) {
		return problem(ReasonSecurityCode, "sealed",
			"holds no JSON document but a text that names a security code, PIN or stripe, which must never be sent")
	}

	if err != nil {
		return problem(ReasonNotJSON, "sealed", "does not hold a JSON document")
	}

	if p := cmp.Or(sensitive("", document), hiddenSensitive(clear)); p != nil {
		return p
	}

	if p := by.check(document); p != nil {
		return cmp.Or(sensitiveTexts("", document), p)
	}

	return nil
}

// parseAny parses a payload whatever its form, by the schema.
func parseAny(clear []byte, now time.Time) (Payload, *Problem) {
	if p := checkSealed(clear, payloadSchema()); p != nil {
		return Payload{}, p
	}

	payload, err := decodePayload(clear)
	if err != nil {
		return Payload{}, problem(ReasonInvalidField, "sealed", "does not fit version %d", SchemaVersion)
	}

	return payload, payload.rules(now)
}

// Validate applies the rules of the schema and those beyond it. It returns
// nil, not an empty Problem, when all is well.
func (p Payload) Validate(now time.Time) *Problem {
	if p.conforms() {
		return p.rules(now)
	}

	clear := p.Reveal() //nolint:forbidigo // the schema looks at it, and keeps nothing

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(clear))
	if err != nil {
		return problem(ReasonInvalidField, "", "the payload cannot be written as JSON")
	}

	if p := payloadSchema().check(document); p != nil {
		return p
	}

	return p.rules(now)
}

// rules are those that a schema cannot say.
func (p Payload) rules(now time.Time) *Problem {
	if p.Receipt != nil {
		return cmp.Or(p.Receipt.rules(now), p.Consumer.rules())
	}

	if err := p.Card.PrimaryAccountNumber.Check(); err != nil {
		if errors.Is(err, pan.ErrLuhn) {
			return problem(ReasonInvalidPAN, "card.primaryAccountNumber", "fails the Luhn check: a digit is wrong or missing")
		}

		return problem(ReasonInvalidPAN, "card.primaryAccountNumber", "is no card number")
	}

	if p.Card.expired(now) {
		return problem(ReasonExpiredCard, "card.panExpirationYear", "is in the past, or its month is: the card has expired")
	}

	return p.Consumer.rules()
}

// clockTolerance is how far ahead of ours the clock may be by which a receipt was issued.
const clockTolerance = 5 * time.Minute

// rules are those of a receipt that a schema cannot say. One that has ended is no worse than a job whose not_after has passed.
func (r *PushReceipt) rules(now time.Time) *Problem {
	//nolint:forbidigo // looked at, and kept nowhere
	if pan.LooksLikeCard(r.Receipt.Reveal()) {
		return problem(ReasonInvalidField, "pushAccountReceipt.receipt",
			"looks like a card number: give what Token Connect gave for it")
	}

	if r.IssuedAt.After(now.Add(clockTolerance)) {
		return problem(ReasonInvalidField, "pushAccountReceipt.issuedAt", "is in the future")
	}

	return nil
}

// rules are those of a consumer that a schema cannot say.
func (c Consumer) rules() *Problem {
	if m := c.MobileNumber; m != nil && !ValidPhone(m.CountryCode, m.PhoneNumber) {
		return problem(ReasonInvalidField, "consumer.mobileNumber.phoneNumber", "%s", PhoneTooLong)
	}

	return nil
}

// PhoneTooLong says what is wrong with a number that ValidPhone refuses.
const PhoneTooLong = "has, with its calling code, more than 15 digits (E.164)"

// ValidPhone reports whether a calling code and a national number are not too long together. What each must be, the schema says.
func ValidPhone(country, number string) bool {
	const e164 = 15

	return len(country)+len(number) <= e164
}

// expired reports whether the month of expiry has ended in the last time zone.
func (c Card) expired(now time.Time) bool {
	const westernmost = 12 * time.Hour

	month, errMonth := strconv.Atoi(c.PanExpirationMonth)
	year, errYear := strconv.Atoi(c.PanExpirationYear)

	if errMonth != nil || errYear != nil {
		return false // the schema has refused it
	}

	end := time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC).Add(westernmost)

	return !now.Before(end)
}
