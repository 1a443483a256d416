package profile

import "strings"

// Values of the form that the API's ids have.
const (
	sampleUUID    = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	sampleService = "ISSUER#DEMO#01"
	mostOwnKey    = 255
	mostName      = 256
)

// long is a text of n letters.
func long(n int) string { return strings.Repeat("a", n) }

func programSources() []Source {
	return []Source{
		{Name: "program.client_id", About: "the program's srcClientId, a UUID in lower case", Samples: []string{sampleUUID}},
		{Name: "program.service_id", About: "the program's serviceId", Samples: []string{sampleService, "SRC"}},
		{Name: "program.directory_id", About: "the program's directoryId", Samples: []string{"directory-1"}},
		{
			Name: "client.id", About: "the first half of the consumer key",
			Samples: []string{long(48)},
		},
		{Name: "correlation.id", About: "an id for tracing, a UUID", Samples: []string{sampleUUID}},
		{Name: "flow.id", About: "the flow id of an earlier answer", Samples: []string{"flow.1-a_b#c"}},
		{Name: "key.fingerprint", About: "which of our keys the answer is to be encrypted for", Samples: []string{long(64)}},
		{Name: "dpa.id", About: "a digital payment application; issuers have none", Samples: []string{sampleUUID}},
		{Name: "transaction.id", About: "joins the calls of one transaction", Samples: []string{sampleUUID, long(255)}},
	}
}

func consumerSources() []Source {
	return []Source{
		{
			Name: "consumer.identity.type", About: "by what the program identifies consumers",
			Values: []string{"EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER", "EXTERNAL_ACCOUNT_ID"},
		},
		{
			Name: "consumer.identity.value", About: "the consumer's identity of that type",
			Samples: []string{"a@b.example", "15555550100", long(mostOwnKey)},
		},
		{Name: "consumer.identity.provider", About: "who keeps the identity", Values: []string{"SRC"}},
		{
			Name: "consumer.email", About: "the consumer's e-mail address, also where it is the identity",
			Samples: []string{"a@b.example", sampleEmail()},
		},
		{
			Name: "consumer.email.beside", About: "the e-mail address, where the program sends it beside the identity",
			Samples: []string{"a@b.example", sampleEmail()},
		},
		{Name: "consumer.mobile.country_code", About: "the calling code, digits without a plus", Samples: []string{"1", "420"}},
		{Name: "consumer.mobile.number", About: "the mobile number without the calling code, digits", Samples: []string{"5555550100"}},
		{Name: "consumer.first_name", About: "the first name", Samples: []string{"Ana", "Jörg", long(mostName)}},
		{Name: "consumer.last_name", About: "the last name", Samples: []string{"Sample", "O'Hara-Ñandú", long(mostName)}},
		{Name: "consumer.full_name", About: "the whole name", Samples: []string{"Ana Sample", long(mostName)}},
		{Name: "consumer.country", About: "ISO 3166-1 alpha-2", Samples: []string{"US", "CZ"}},
		{Name: "consumer.language", About: "ISO 639-1", Samples: []string{"en", "cs"}},
		{Name: "consumer.national_id", About: "the national identifier; jobs have none", Samples: []string{"A1"}},
	}
}

func sampleEmail() string {
	return long(64) + "@" + long(63) + "." + long(63) + "." + long(54) + ".example"
}

// directorySources are the issuer's own keys.
func directorySources() []Source {
	return []Source{
		{Name: "consumer.external_id", About: "the issuer's own key of the consumer", Samples: []string{"c-1", long(mostOwnKey)}},
		{Name: "card.external_id", About: "the issuer's own key of the card", Samples: []string{"k-1", long(mostOwnKey)}},
	}
}

func cardSources() []Source {
	return append(directorySources(),
		Source{Name: "card.id", About: "the card's srcDigitalCardId", Samples: []string{sampleUUID}})
}

func consumerIDSources() []Source {
	return []Source{
		{Name: "consumer.external_id", About: "the issuer's own key of the consumer", Samples: []string{"c-1", long(mostOwnKey)}},
		{Name: "consumer.id", About: "the consumer's srcConsumerId", Samples: []string{sampleUUID}},
	}
}

func removalSources() []Source {
	return []Source{
		{
			Name: "removal.reason", About: "why the card is taken out",
			Values: []string{"SUSPECTED_FRAUD", "ACCOUNT_CLOSED", "OTHER", "DEFAULT"},
		},
		{Name: "removal.requestor", About: "who asked for it", Values: []string{"ISSUER"}},
	}
}

func batchSources() []Source {
	return []Source{
		{Name: "batch.external_id", About: "the id that we gave the batch", Samples: []string{sampleUUID}},
		{Name: "batch.id", About: "the id that Mastercard gave the batch", Samples: []string{sampleUUID}},
	}
}

func enrollSources() []Source {
	return []Source{
		cardSourceSource(),
		{
			Name: "reference.id", About: "a push account receipt, in the card's place",
			Samples: []string{"MCC-STL-" + strings.ToUpper(sampleUUID)},
		},
		{
			Name: "reference.type", About: "what kind of reference it is",
			Values: []string{"PUSH_ACCOUNT_RECEIPT"},
		},
		{Name: "reference.authorization", About: "a JWT for SRC_DIGITAL_CARD_ID; jobs have none", Samples: []string{"a.b.c"}},
		{Name: "risk.token_request", About: "the issuer's view of the risk; jobs have none", Object: true},
		{Name: "risk.assurance", About: "how the cardholder was verified; jobs have none", Object: true},
	}
}

func cardSourceSource() Source {
	return Source{
		Name: "card.source", About: "who added the card",
		Values: []string{"ISSUER", "CARDHOLDER", "EXISTING_CREDENTIAL", "MERCHANT", "WALLET"},
	}
}

// recordSources are those of a batch's record that an enrollment has in clear.
func recordSources() []Source { return []Source{cardSourceSource()} }

func plainCardSources() []Source {
	return []Source{
		{
			Name: "card.number", About: "the card number", Secret: true,
			Samples: []string{"5204731600014784"},
		},
		{Name: "card.expiry_month", About: "two digits", Secret: true, Samples: []string{"01", "12"}},
		{Name: "card.expiry_year", About: "four digits", Secret: true, Samples: []string{"2029", "2099"}},
		{
			Name: "card.holder_full_name", About: "the cardholder's whole name", Secret: true,
			Samples: []string{"Ana Sample", long(mostName)},
		},
		{Name: "card.holder_first_name", About: "the cardholder's first name", Secret: true, Samples: []string{"Ana", long(mostName)}},
		{Name: "card.holder_last_name", About: "the cardholder's last name", Secret: true, Samples: []string{"Sample", long(mostName)}},
	}
}

func billingSources() []Source {
	return []Source{
		{Name: "card.billing.name", About: "the billing address: name", Samples: []string{"Ana Sample", long(60)}},
		{Name: "card.billing.line1", About: "the billing address: first line", Samples: []string{"1 Test St", long(75)}},
		{Name: "card.billing.line2", About: "the billing address: second line", Samples: []string{"Floor 2", long(75)}},
		{Name: "card.billing.line3", About: "the billing address: third line", Samples: []string{"Rear", long(75)}},
		{Name: "card.billing.city", About: "the billing address: city", Samples: []string{"St Louis", long(50)}},
		{Name: "card.billing.state", About: "the billing address: state", Samples: []string{"MO", long(30)}},
		{Name: "card.billing.country", About: "the billing address: ISO 3166-1 alpha-2", Samples: []string{"US"}},
		{Name: "card.billing.zip", About: "the billing address: postal code", Samples: []string{"63101", long(16)}},
	}
}

func consentSources() []Source {
	var all []Source

	for _, consent := range []string{"privacy", "tnc", "cookie", "geo_location"} {
		all = append(all,
			Source{
				Name: "compliance." + consent + ".accepted_version", About: "the version that the consumer accepted",
				Samples: []string{"LATEST", long(64)},
			},
			Source{
				Name: "compliance." + consent + ".latest_version", About: "the newest version",
				Samples: []string{"LATEST", long(64)},
			},
			Source{
				Name: "compliance." + consent + ".uri", About: "where the newest version can be read",
				Samples: []string{"https://bank.example/terms", "https://bank.example/" + long(1003)},
			})
	}

	return append(all,
		Source{Name: "compliance.communications", About: "how the consumer may be contacted; jobs have none", Object: true},
		Source{Name: "compliance.resources", About: "consents in EMVCo's newer style; jobs have none", Object: true})
}
