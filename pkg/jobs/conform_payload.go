package jobs

import (
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/receipt"
)

// Limits of the payload's schema, in characters.
const (
	maxName    = 256
	maxEmail   = 255
	maxURI     = 1024
	maxVersion = 64
)

// conforms reports whether the payload passes its schema.
func (p Payload) conforms() bool {
	return p.hasOne() && p.Consumer.conforms() && p.Compliance.conforms()
}

// hasOne reports whether there is a card or a receipt, not both, and whether it conforms.
func (p Payload) hasOne() bool {
	if p.Receipt == nil {
		return p.Card.conforms()
	}

	return p.Card == Card{} && p.Receipt.conforms()
}

func (r *PushReceipt) conforms() bool {
	return r.Receipt.Check() == nil && plainTime(r.IssuedAt) &&
		(r.ValidMinutes == 0 || r.ValidMinutes >= minReceiptMinutes && r.ValidMinutes <= maxReceiptMinutes)
}

const (
	minReceiptMinutes = int(receipt.MinValidity / time.Minute)
	maxReceiptMinutes = int(receipt.MaxValidity / time.Minute)
)

func (c Card) conforms() bool {
	number := c.PrimaryAccountNumber.Reveal() //nolint:forbidigo // its digits are counted

	return digits(number, 16, 20) && month(c.PanExpirationMonth) && digits(c.PanExpirationYear, 4, 4) &&
		ValidName(c.CardholderFullName) && ValidName(c.CardholderFirstName) &&
		ValidName(c.CardholderLastName) && c.BillingAddress.conforms()
}

func month(text string) bool { return digits(text, 2, 2) && text >= "01" && text <= "12" }

// An address, a phone number or consents that are not there conform.

func (a *Address) conforms() bool {
	return a == nil || ValidAddress(a.Name, 60) &&
		ValidAddress(a.Line1, 75) && ValidAddress(a.Line2, 75) && ValidAddress(a.Line3, 75) &&
		ValidAddress(a.City, 50) && ValidAddress(a.State, 30) && ValidAddress(a.Zip, 16) &&
		(a.CountryCode == "" || ValidCountry(a.CountryCode))
}

func (c Consumer) conforms() bool {
	return ValidEmail(c.EmailAddress) && c.MobileNumber.conforms() &&
		ValidName(c.FirstName) && ValidName(c.LastName) && ValidName(c.FullName) &&
		(c.CountryCode == "" || ValidCountry(c.CountryCode)) &&
		(c.LanguageCode == "" || ValidLanguage(c.LanguageCode))
}

func (m *MobileNumber) conforms() bool {
	return m == nil || digits(m.CountryCode, 1, 3) && m.CountryCode[0] != '0' && digits(m.PhoneNumber, 4, 14)
}

func (c *Compliance) conforms() bool {
	return c == nil || c.Privacy.conforms() && c.Tnc.conforms() && c.Cookie.conforms() && c.GeoLocation.conforms()
}

func (c *Consent) conforms() bool {
	return c == nil || (c.AcceptedVersion != "" || c.LatestVersionURI != "") && atMost(c.AcceptedVersion, maxVersion) &&
		atMost(c.LatestVersion, maxVersion) && (c.LatestVersionURI == "" || secureURI(c.LatestVersionURI))
}

func secureURI(text string) bool {
	rest, secure := strings.CutPrefix(text, "https://")

	return secure && rest != "" && atMost(text, maxURI) && !strings.ContainsAny(rest, " \t\n\f\r")
}
