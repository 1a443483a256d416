package enroll

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// What a token requestor may be told of a holder, in Token Connect's words (TokenRequestor.SupportedAccountHolderData).
const (
	holderName    = "NAME"
	holderAddress = "ADDRESS"
	holderEmail   = "EMAIL_ADDRESS"
	holderMobile  = "MOBILE_PHONE_NUMBER"
)

func checkHolderData(kinds []string) error {
	possible := []string{holderName, holderAddress, holderEmail, holderMobile}

	for i, kind := range kinds {
		switch {
		case !slices.Contains(possible, kind):
			return fmt.Errorf("push_holder_data must be of %v, not %.40q", possible, pan.MaskText(kind))
		case slices.Contains(kinds[:i], kind):
			return errors.New("push_holder_data names " + kind + " twice")
		}
	}

	return nil
}

// holder is what a push tells of the holder: what the program allows and the payload has. What is longer than Token Connect takes
// is left out, as a part of a name or a line is none; each member is optional there.
func holder(program Program, payload jobs.Payload) *mastercard.AccountHolder {
	var told mastercard.AccountHolder

	for _, kind := range program.PushHolderData {
		switch kind {
		case holderName:
			told.Name = fitting(nameOf(payload), 1, 27)
		case holderEmail:
			told.EmailAddress = fitting(payload.Consumer.EmailAddress, 6, 320)
		case holderMobile:
			told.MobileNumber = fittingMobile(payload.Consumer.MobileNumber)
		case holderAddress:
			told.Address = addressOf(payload.Card.BillingAddress)
		}
	}

	if told == (mastercard.AccountHolder{}) {
		return nil
	}

	return &told
}

// nameOf is the name on the card, or else the consumer's, as FIRST LAST.
func nameOf(payload jobs.Payload) string {
	both := func(first, last string) string { return strings.TrimSpace(first + " " + last) }
	card, consumer := payload.Card, payload.Consumer

	return cmp.Or(card.CardholderFullName, both(card.CardholderFirstName, card.CardholderLastName),
		consumer.FullName, both(consumer.FirstName, consumer.LastName))
}

func fittingMobile(mobile *jobs.MobileNumber) *mastercard.MobileNumber {
	if mobile == nil || fitting(mobile.CountryCode, 1, 4) == "" || fitting(mobile.PhoneNumber, 1, 20) == "" {
		return nil
	}

	return &mastercard.MobileNumber{CountryCode: mobile.CountryCode, PhoneNumber: mobile.PhoneNumber}
}

func addressOf(given *jobs.Address) *mastercard.AccountHolderAddress {
	if given == nil {
		return nil
	}

	address := mastercard.AccountHolderAddress{
		Line1: fitting(given.Line1, 1, 64), Line2: fitting(given.Line2, 1, 64), City: fitting(given.City, 1, 32),
		CountrySubdivision: fitting(given.State, 1, 12), PostalCode: fitting(given.Zip, 1, 16), CountryCode: alpha3(given.CountryCode),
	}
	if address == (mastercard.AccountHolderAddress{}) {
		return nil
	}

	return &address
}

// alpha3 is the code of three letters for one of two, "" for none.
func alpha3(country string) string {
	region, err := language.ParseRegion(country)
	if err != nil || !region.IsCountry() {
		return ""
	}

	return region.ISO3()
}

// fitting returns a text whose length is allowed, and "" for another.
func fitting(text string, least, most int) string {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return ""
	}

	return text
}
