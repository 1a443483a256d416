package enroll

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

func TestWhatAPushTellsOfTheHolder(t *testing.T) {
	t.Parallel()

	all := []string{holderName, holderAddress, holderEmail, holderMobile}
	full := jobs.Payload{
		Card: jobs.Card{CardholderFullName: "Ana Sample", BillingAddress: &jobs.Address{
			Name: "Ana", Line1: "1 Test St", Line2: "2nd floor", Line3: "left", City: "Praha", State: "10", Zip: "110 00", CountryCode: "CZ",
		}},
		Consumer: jobs.Consumer{
			EmailAddress: "ana@example.com", FirstName: "Anna", LastName: "Other",
			MobileNumber: &jobs.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
		},
	}
	address := &mastercard.AccountHolderAddress{
		Line1: "1 Test St", Line2: "2nd floor", City: "Praha", CountrySubdivision: "10", PostalCode: "110 00", CountryCode: "CZE",
	}

	for name, c := range map[string]struct {
		kinds   []string
		payload jobs.Payload
		want    *mastercard.AccountHolder
	}{
		"nothing by default": {nil, full, nil},
		"all": {all, full, &mastercard.AccountHolder{
			Name: "Ana Sample", EmailAddress: "ana@example.com", Address: address,
			MobileNumber: &mastercard.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
		}},
		"what the program allows": {[]string{holderEmail}, full, &mastercard.AccountHolder{EmailAddress: "ana@example.com"}},
		"what the payload has":    {[]string{holderAddress, holderMobile}, jobs.Payload{}, nil},
		"the consumer's name": {
			[]string{holderName}, jobs.Payload{Consumer: full.Consumer}, &mastercard.AccountHolder{Name: "Anna Other"},
		},
		"the holder's names": {
			[]string{holderName}, jobs.Payload{Card: jobs.Card{CardholderLastName: "Sample"}, Consumer: full.Consumer},
			&mastercard.AccountHolder{Name: "Sample"},
		},
		"a name of 27 characters": {
			[]string{holderName}, jobs.Payload{Consumer: jobs.Consumer{FullName: strings.Repeat("ä", 27)}},
			&mastercard.AccountHolder{Name: strings.Repeat("ä", 27)},
		},
		"a longer name":             {[]string{holderName}, jobs.Payload{Consumer: jobs.Consumer{FullName: strings.Repeat("ä", 28)}}, nil},
		"a short address of e-mail": {[]string{holderEmail}, jobs.Payload{Consumer: jobs.Consumer{EmailAddress: "a@b.c"}}, nil},
		"lines that are too long": {
			[]string{holderAddress}, jobs.Payload{Card: jobs.Card{BillingAddress: &jobs.Address{
				Line1: strings.Repeat("x", 65), City: "Brno", State: "Jihomoravský kraj", CountryCode: "XX",
			}}}, &mastercard.AccountHolder{Address: &mastercard.AccountHolderAddress{City: "Brno"}},
		},
		"an address of which nothing fits": {
			[]string{holderAddress}, jobs.Payload{Card: jobs.Card{BillingAddress: &jobs.Address{Name: "Ana", Line3: "left"}}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, holder(Program{PushHolderData: c.kinds}, c.payload))
		})
	}
}

func TestWhatAProgramMayTellOfHolders(t *testing.T) {
	t.Parallel()

	require.NoError(t, checkHolderData(nil))
	require.NoError(t, checkHolderData([]string{"NAME", "ADDRESS", "EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER"}))
	require.ErrorContains(t, checkHolderData([]string{"name"}), `push_holder_data must be of [NAME ADDRESS EMAIL_ADDRESS MOBILE_PHONE_NUMBER], not "name"`)
	require.ErrorContains(t, checkHolderData([]string{"NAME", "NAME"}), "push_holder_data names NAME twice")
}
