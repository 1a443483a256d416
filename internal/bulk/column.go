package bulk

import (
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// column is one that a file can have.
type column struct {
	name string
	// member is where the value goes, as a jobs.Problem names it.
	member   string
	required bool
	// rule says in a person's words what the value must be.
	rule string
	set  func(d *draft, value string)
}

const panMember = "card.primaryAccountNumber"

func (c column) isPAN() bool { return c.member == panMember }

func (c column) missing() string { return "is missing; it " + c.rule }

// Rules that several columns share.
const (
	upTo256 = "must have at most 256 characters and no line break"
	upTo75  = "must have at most 75 characters"
	country = "must be a country as two capital letters, such as DE"
	ownKey  = "must be your own key of at most 255 characters without line breaks, and no card or account number"
)

// columns are all that are known, in the order in which messages list them.
// There is none for the security code, and there must never be.
func columns() []column {
	return []column{
		{"pan", panMember, true, "must be 16 to 20 digits without blanks or hyphens",
			func(d *draft, v string) { d.payload.Card.PrimaryAccountNumber = pan.Unchecked(v) }},
		{"exp_month", "card.panExpirationMonth", true, "must be a month from 1 to 12",
			func(d *draft, v string) { d.payload.Card.PanExpirationMonth = twoDigits(v) }},
		{"exp_year", "card.panExpirationYear", true, "must be a year in four digits, such as 2029",
			func(d *draft, v string) { d.payload.Card.PanExpirationYear = v }},
		{"email", "consumer.emailAddress", true, "must be an e-mail address of at most 255 characters",
			func(d *draft, v string) { d.payload.Consumer.EmailAddress = v }},
		{"cardholder_name", "card.cardholderFullName", false, upTo256,
			func(d *draft, v string) { d.payload.Card.CardholderFullName = v }},
		{"first_name", "consumer.firstName", false, upTo256,
			func(d *draft, v string) { d.payload.Consumer.FirstName = v }},
		{"last_name", "consumer.lastName", false, upTo256,
			func(d *draft, v string) { d.payload.Consumer.LastName = v }},
		{"phone_country", "consumer.mobileNumber.countryCode", false, "must be a calling code of 1 to 3 digits, no plus, such as 49",
			func(d *draft, v string) { d.mobile().CountryCode = v }},
		{"phone_number", "consumer.mobileNumber.phoneNumber", false, "must be the national number, 4 to 14 digits and nothing else",
			func(d *draft, v string) { d.mobile().PhoneNumber = v }},
		{"language", "consumer.languageCode", false, "must be a language as two letters, such as de",
			func(d *draft, v string) { d.payload.Consumer.LanguageCode = v }},
		{"country", "consumer.countryCode", false, country,
			func(d *draft, v string) { d.payload.Consumer.CountryCode = v }},
		{"address_line1", "card.billingAddress.line1", false, upTo75, func(d *draft, v string) { d.address().Line1 = v }},
		{"address_line2", "card.billingAddress.line2", false, upTo75, func(d *draft, v string) { d.address().Line2 = v }},
		{"address_line3", "card.billingAddress.line3", false, upTo75, func(d *draft, v string) { d.address().Line3 = v }},
		{"city", "card.billingAddress.city", false, "must have at most 50 characters",
			func(d *draft, v string) { d.address().City = v }},
		{"state", "card.billingAddress.state", false, "must have at most 30 characters",
			func(d *draft, v string) { d.address().State = v }},
		{"zip", "card.billingAddress.zip", false, "must have at most 16 characters",
			func(d *draft, v string) { d.address().Zip = v }},
		{"address_country", "card.billingAddress.countryCode", false, country,
			func(d *draft, v string) { d.address().CountryCode = v }},
		{"external_consumer_id", "external_consumer_id", false, ownKey,
			func(d *draft, v string) { d.job.ExternalConsumerID = v }},
		{"external_card_id", "external_card_id", false, ownKey,
			func(d *draft, v string) { d.job.ExternalCardID = v }},
	}
}

// draft is a job in the making.
type draft struct {
	job     jobs.Job
	payload jobs.Payload
}

// mobile and address exist only where a cell has something to put into them.

func (d *draft) mobile() *jobs.MobileNumber {
	if d.payload.Consumer.MobileNumber == nil {
		d.payload.Consumer.MobileNumber = new(jobs.MobileNumber)
	}

	return d.payload.Consumer.MobileNumber
}

func (d *draft) address() *jobs.Address {
	if d.payload.Card.BillingAddress == nil {
		d.payload.Card.BillingAddress = new(jobs.Address)
	}

	return d.payload.Card.BillingAddress
}

// twoDigits makes 07 of 7, as spreadsheets drop leading zeros.
func twoDigits(month string) string {
	if len(month) == 1 {
		return "0" + month
	}

	return month
}
