package jobs

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

// Payload is what is sealed: the card or a receipt that stands for it, its holder and the consents, with the
// API's own member names. It prints and logs as the masked card number or receipt only.
type Payload struct {
	// Card is zero where there is a Receipt.
	Card       Card         `json:"card,omitzero"`
	Receipt    *PushReceipt `json:"pushAccountReceipt,omitempty"`
	Consumer   Consumer     `json:"consumer"`
	Compliance *Compliance  `json:"compliance,omitempty"`
}

// PushReceipt stands for a card that was pushed to Click to Pay by Mastercard's Token Connect: the push account receipt.
type PushReceipt struct {
	Receipt receipt.Receipt `json:"receipt"`
	// IssuedAt is when Token Connect gave it.
	IssuedAt time.Time `json:"issuedAt"`
	// ValidMinutes is for how long it is good, 5 to 15 as it was asked for; zero: 15.
	ValidMinutes int `json:"validMinutes,omitempty"`
}

// End is when the receipt ends.
func (r *PushReceipt) End() time.Time {
	if r.ValidMinutes == 0 {
		return r.IssuedAt.Add(receipt.DefaultValidity)
	}

	return r.IssuedAt.Add(time.Duration(r.ValidMinutes) * time.Minute)
}

// Card is the card to enroll. There is no field for its security code.
type Card struct {
	// PrimaryAccountNumber has 16 to 20 digits and passes the Luhn check.
	PrimaryAccountNumber pan.Number `json:"primaryAccountNumber"`
	// PanExpirationMonth is 01 to 12, PanExpirationYear has four digits.
	PanExpirationMonth string `json:"panExpirationMonth"`
	PanExpirationYear  string `json:"panExpirationYear"`
	// The names have at most 256 characters each.
	CardholderFullName  string   `json:"cardholderFullName,omitempty"`
	CardholderFirstName string   `json:"cardholderFirstName,omitempty"`
	CardholderLastName  string   `json:"cardholderLastName,omitempty"`
	BillingAddress      *Address `json:"billingAddress,omitempty"`
}

// Address is a billing address. Lengths: name 60, lines 75, city 50, state 30, zip 16.
type Address struct {
	Name  string `json:"name,omitempty"`
	Line1 string `json:"line1,omitempty"`
	Line2 string `json:"line2,omitempty"`
	Line3 string `json:"line3,omitempty"`
	City  string `json:"city,omitempty"`
	State string `json:"state,omitempty"`
	// CountryCode is ISO 3166-1 alpha-2.
	CountryCode string `json:"countryCode,omitempty"`
	Zip         string `json:"zip,omitempty"`
}

// Consumer is the cardholder.
type Consumer struct {
	// EmailAddress has at most 255 characters.
	EmailAddress string        `json:"emailAddress"`
	MobileNumber *MobileNumber `json:"mobileNumber,omitempty"`
	FirstName    string        `json:"firstName,omitempty"`
	LastName     string        `json:"lastName,omitempty"`
	FullName     string        `json:"fullName,omitempty"`
	// CountryCode is ISO 3166-1 alpha-2, LanguageCode ISO 639-1.
	CountryCode  string `json:"countryCode,omitempty"`
	LanguageCode string `json:"languageCode,omitempty"`
}

// MobileNumber is digits only: a calling code without plus, and the national number.
type MobileNumber struct {
	CountryCode string `json:"countryCode"`
	PhoneNumber string `json:"phoneNumber"`
}

// Compliance holds the consents of the cardholder.
type Compliance struct {
	Privacy     *Consent `json:"privacy,omitempty"`
	Tnc         *Consent `json:"tnc,omitempty"`
	Cookie      *Consent `json:"cookie,omitempty"`
	GeoLocation *Consent `json:"geoLocation,omitempty"`
}

// Consent is one accepted document: which version, where it is, or both. Issuers send the URI alone.
type Consent struct {
	AcceptedVersion  string `json:"acceptedVersion,omitempty"`
	LatestVersion    string `json:"latestVersion,omitempty"`
	LatestVersionURI string `json:"latestVersionUri,omitempty"`
}

// Format writes the masked card number whatever the verb: the rest is personal data too.
func (p Payload) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, p.text()) }

// LogValue logs the masked card number.
func (p Payload) LogValue() slog.Value { return slog.StringValue(p.text()) }

func (p Payload) text() string {
	if p.Receipt != nil {
		return "payload of receipt " + p.Receipt.Receipt.String()
	}

	return "payload of card " + p.Card.PrimaryAccountNumber.String()
}
