package jobs

import "strings"

// Limits of the payload's schema, in characters.
const (
	maxName    = 256
	maxEmail   = 255
	maxURI     = 1024
	maxVersion = 64
)

// conforms reports whether the payload passes its schema.
func (p Payload) conforms() bool {
	return p.Card.conforms() && p.Consumer.conforms() && p.Compliance.conforms()
}

func (c Card) conforms() bool {
	number := c.PrimaryAccountNumber.Reveal() //nolint:forbidigo // its digits are counted

	return digits(number, 16, 20) && month(c.PanExpirationMonth) && digits(c.PanExpirationYear, 4, 4) &&
		printable(c.CardholderFullName, maxName) && printable(c.CardholderFirstName, maxName) &&
		printable(c.CardholderLastName, maxName) && c.BillingAddress.conforms()
}

func month(text string) bool { return digits(text, 2, 2) && text >= "01" && text <= "12" }

// An address, a phone number or consents that are not there conform.

func (a *Address) conforms() bool {
	return a == nil || atMost(a.Name, 60) && atMost(a.Line1, 75) && atMost(a.Line2, 75) && atMost(a.Line3, 75) &&
		atMost(a.City, 50) && atMost(a.State, 30) && atMost(a.Zip, 16) && (a.CountryCode == "" || capitals(a.CountryCode))
}

func (c Consumer) conforms() bool {
	return ValidEmail(c.EmailAddress) && c.MobileNumber.conforms() &&
		printable(c.FirstName, maxName) && printable(c.LastName, maxName) && printable(c.FullName, maxName) &&
		(c.CountryCode == "" || capitals(c.CountryCode)) &&
		(c.LanguageCode == "" || letters(c.LanguageCode))
}

func (m *MobileNumber) conforms() bool {
	return m == nil || digits(m.CountryCode, 1, 3) && m.CountryCode[0] != '0' && digits(m.PhoneNumber, 4, 14)
}

// capitals reports whether text is two capital letters of ASCII.
func capitals(text string) bool {
	return len(text) == 2 && all(text, func(c byte) bool { return c >= 'A' && c <= 'Z' })
}

// letters reports whether text is two letters of ASCII.
func letters(text string) bool {
	return len(text) == 2 && all(text, func(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' })
}

func (c *Compliance) conforms() bool {
	return c == nil || c.Privacy.conforms() && c.Tnc.conforms() && c.Cookie.conforms() && c.GeoLocation.conforms()
}

func (c *Consent) conforms() bool {
	return c == nil || c.AcceptedVersion != "" && atMost(c.AcceptedVersion, maxVersion) &&
		atMost(c.LatestVersion, maxVersion) && (c.LatestVersionURI == "" || secureURI(c.LatestVersionURI))
}

func secureURI(text string) bool {
	rest, secure := strings.CutPrefix(text, "https://")

	return secure && rest != "" && atMost(text, maxURI) && !strings.ContainsAny(rest, " \t\n\f\r")
}
