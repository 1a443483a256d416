package bulk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// What is good by file is good by message, and the other way round.
func TestFilesAndMessagesHaveOneRule(t *testing.T) {
	t.Parallel()

	names := map[string]bool{
		"Ana": true, "José": true, "Zoë-Noor O'Neil": true, "\u0645\u06cc\u200c\u062e": true, "\u845b\U000e0100\u57ce": true,
		"A\u200bna": false, "Ana\u202ex": false, "Jos\ufffd": false, "Jos\u0085e": false, "Jos\u009ce": false, "a\nb": false, "a\rb": false, "a\x7fb": false,
		"a\u00adb": false,
	}
	parts := map[string]bool{
		"Hauptstraße 1": true, "a\nb": true, "a\r\nb": true, "a\tb": true, "a\x00b": false, "a\u0085b": false, "a\u200bb": false, "a\ufffdb": false,
	}

	for _, c := range []struct {
		column string
		values map[string]bool
		set    func(*jobs.Payload, string)
	}{
		{"cardholder_name", names, func(p *jobs.Payload, v string) { p.Card.CardholderFullName = v }},
		{"first_name", names, func(p *jobs.Payload, v string) { p.Consumer.FirstName = v }},
		{"last_name", names, func(p *jobs.Payload, v string) { p.Consumer.LastName = v }},
		{"address_line1", parts, func(p *jobs.Payload, v string) { p.Card.BillingAddress = &jobs.Address{Line1: v} }},
		{"city", parts, func(p *jobs.Payload, v string) { p.Card.BillingAddress = &jobs.Address{City: v} }},
		{"state", parts, func(p *jobs.Payload, v string) { p.Card.BillingAddress = &jobs.Address{State: v} }},
		{"country", countryCases(), func(p *jobs.Payload, v string) { p.Consumer.CountryCode = v }},
		{"address_country", countryCases(), func(p *jobs.Payload, v string) { p.Card.BillingAddress = &jobs.Address{CountryCode: v} }},
		{"language", map[string]bool{"de": true, "DE": true, "iw": true, "qq": false, "d1": false}, func(p *jobs.Payload, v string) { p.Consumer.LanguageCode = v }},
		{
			"phone_country,phone_number", map[string]bool{"49,15123456789": true, "1,23456789012345": true, "49,12345678901234": false, "353,1234567890123": false},
			func(p *jobs.Payload, v string) {
				country, number, _ := strings.Cut(v, ",")
				p.Consumer.MobileNumber = &jobs.MobileNumber{CountryCode: country, PhoneNumber: number}
			},
		},
	} {
		t.Run(c.column, func(t *testing.T) {
			t.Parallel()

			for value, good := range c.values {
				payload := jobs.Payload{
					Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(testPAN), PanExpirationMonth: "12", PanExpirationYear: "2029"},
					Consumer: jobs.Consumer{EmailAddress: "ana@example.com"},
				}
				c.set(&payload, value)

				problem := payload.Validate(today())
				require.Equal(t, good, problem == nil, "by message: %+q: %v", value, problem)

				cell := value
				if !strings.Contains(c.column, ",") {
					cell = `"` + value + `"`
				}

				found, err := bulk.Check(t.Context(), source("pan,exp_month,exp_year,email,"+c.column+"\n"+
					testPAN+",12,2029,ana@example.com,"+cell+"\n"), options(t))
				require.NoError(t, err)
				require.Equal(t, good, found.Rejected == 0, "by file: %+q: %v", value, found.Reasons)

				if problem != nil {
					require.Less(t, len(problem.Error()), 200, "the reason can be read")
				}
			}
		})
	}
}

func countryCases() map[string]bool {
	return map[string]bool{"DE": true, "XK": true, "NA": true, "UK": false, "EU": false, "ZZ": false, "AN": false, "IC": false, "de": false}
}
