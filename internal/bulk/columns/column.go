package columns

import (
	"cmp"
	"slices"

	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// Column is one that a file can have.
type Column struct {
	Name string
	// member is where the value goes, as a jobs.Problem names it.
	member   string
	required bool
	// rule says in a person's words what the value must be, fits whether it is.
	rule string
	fits func(value string) bool
	set  func(d *Draft, value string)
}

func (c Column) missing() string { return "is missing: it " + c.rule }

// broken says what is wrong with a value that does not fit.
func (c Column) broken(value string) string {
	if slices.Contains([]string{"pan", "exp_month", "exp_year", "phone_country", "phone_number"}, c.Name) {
		return cmp.Or(convert.Decimals(value), c.rule)
	}

	return c.rule
}

// Rules that several columns share.
const (
	upTo256 = "must have at most 256 characters and no line break"
	upTo75  = "must have at most 75 characters"
	country = "must be a country as two capital letters (ISO 3166-1), such as DE"
	ownKey  = "must be your own key of at most 255 characters without line breaks, and no card or account number"
)

// The places of the columns. Some rules are about several of them.
const (
	ColumnPAN = iota
	columnMonth
	columnYear
	columnEmail
	columnCardholder
	columnFirstName
	columnLastName
	ColumnPhoneCountry
	columnPhoneNumber
	columnLanguage
	columnCountry
	columnLine1
	columnLine2
	columnLine3
	columnCity
	columnState
	columnZip
	columnAddressCountry
	columnConsumerID
	columnCardID
	columnCount
)

// columns are all that are known, each at its place, in the order in which messages list them.
// There is none for the security code, and there must never be.
func columns() []Column {
	return []Column{
		{"pan", "card.primaryAccountNumber", true, "must be 16 to 20 digits without blanks or hyphens", fitsPAN,
			func(d *Draft, v string) { d.Payload.Card.PrimaryAccountNumber = pan.Unchecked(v) }},
		{"exp_month", "card.panExpirationMonth", true, "must be a month from 1 to 12", fitsMonth,
			func(d *Draft, v string) { d.Payload.Card.PanExpirationMonth = twoDigits(v) }},
		{"exp_year", "card.panExpirationYear", true, "must be a year in four digits, such as 2029", digits(4, 4),
			func(d *Draft, v string) { d.Payload.Card.PanExpirationYear = v }},
		{"email", "consumer.emailAddress", true, "must be an e-mail address of at most 255 characters", jobs.ValidEmail,
			func(d *Draft, v string) { d.Payload.Consumer.EmailAddress = v }},
		{"cardholder_name", "card.cardholderFullName", false, upTo256, jobs.ValidName,
			func(d *Draft, v string) { d.Payload.Card.CardholderFullName = v }},
		{"first_name", "consumer.firstName", false, upTo256, jobs.ValidName,
			func(d *Draft, v string) { d.Payload.Consumer.FirstName = v }},
		{"last_name", "consumer.lastName", false, upTo256, jobs.ValidName,
			func(d *Draft, v string) { d.Payload.Consumer.LastName = v }},
		{"phone_country", "consumer.mobileNumber.countryCode", false, "must be a calling code of 1 to 3 digits, no plus, such as 49",
			fitsCallingCode, func(d *Draft, v string) { d.mobile().CountryCode = v }},
		{"phone_number", "consumer.mobileNumber.phoneNumber", false, "must be the national number, 4 to 14 digits and nothing else",
			digits(4, 14), func(d *Draft, v string) { d.mobile().PhoneNumber = v }},
		{"language", "consumer.languageCode", false, "must be a language as two letters (ISO 639-1), such as de", jobs.ValidLanguage,
			func(d *Draft, v string) { d.Payload.Consumer.LanguageCode = v }},
		{"country", "consumer.countryCode", false, country, jobs.ValidCountry,
			func(d *Draft, v string) { d.Payload.Consumer.CountryCode = v }},
		{"address_line1", "card.billingAddress.line1", false, upTo75, upTo(75), func(d *Draft, v string) { d.address().Line1 = v }},
		{"address_line2", "card.billingAddress.line2", false, upTo75, upTo(75), func(d *Draft, v string) { d.address().Line2 = v }},
		{"address_line3", "card.billingAddress.line3", false, upTo75, upTo(75), func(d *Draft, v string) { d.address().Line3 = v }},
		{"city", "card.billingAddress.city", false, "must have at most 50 characters", upTo(50),
			func(d *Draft, v string) { d.address().City = v }},
		{"state", "card.billingAddress.state", false, "must have at most 30 characters", upTo(30),
			func(d *Draft, v string) { d.address().State = v }},
		{"zip", "card.billingAddress.zip", false, "must have at most 16 characters", upTo(16),
			func(d *Draft, v string) { d.address().Zip = v }},
		{"address_country", "card.billingAddress.countryCode", false, country, jobs.ValidCountry,
			func(d *Draft, v string) { d.address().CountryCode = v }},
		{"external_consumer_id", "external_consumer_id", false, ownKey, oneLine(255),
			func(d *Draft, v string) { d.Job.ExternalConsumerID = v }},
		{"external_card_id", "external_card_id", false, ownKey, oneLine(255),
			func(d *Draft, v string) { d.Job.ExternalCardID = v }},
	}
}

// Names are the names of all columns, as a mapping can name them.
func Names() []string {
	var all []string
	for _, c := range columns() {
		all = append(all, c.Name)
	}

	return all
}
