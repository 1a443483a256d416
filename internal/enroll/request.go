package enroll

import (
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// enrollRequest writes a job in the API's terms.
func enrollRequest(program Program, job jobs.Job, payload jobs.Payload, flowID string) mastercard.EnrollRequest {
	compliance := payload.Compliance
	if compliance == nil {
		compliance = program.Compliance
	}

	return mastercard.EnrollRequest{
		Receipt:     receiptOf(payload),
		Profile:     program.Profile,
		DirectoryID: program.DirectoryID,
		SrcClientID: program.SrcClientID,
		ServiceID:   program.ServiceID,
		CardSource:  mastercard.CardSource(program.CardSource),
		Card: mastercard.Card{
			PrimaryAccountNumber: payload.Card.PrimaryAccountNumber,
			PanExpirationMonth:   payload.Card.PanExpirationMonth,
			PanExpirationYear:    payload.Card.PanExpirationYear,
			CardholderFullName:   payload.Card.CardholderFullName,
			CardholderFirstName:  payload.Card.CardholderFirstName,
			CardholderLastName:   payload.Card.CardholderLastName,
			BillingAddress:       address(payload.Card.BillingAddress),
		},
		Consumer: mastercard.Consumer{
			ConsumerIdentity: mastercard.ConsumerIdentity{
				IdentityType:  mastercard.ConsumerIdentityType(program.ConsumerIdentity),
				IdentityValue: identity(program, job, payload),
			},
			EmailAddress: email(program, payload),
			MobileNumber: mobile(payload.Consumer.MobileNumber),
			FirstName:    payload.Consumer.FirstName,
			LastName:     payload.Consumer.LastName,
			FullName:     payload.Consumer.FullName,
			CountryCode:  payload.Consumer.CountryCode,
			LanguageCode: payload.Consumer.LanguageCode,
		},
		Compliance: consents(compliance),
		FlowID:     flowID,
		Auth:       program.auth(),

		ExternalConsumerID: program.ownKey(job.ExternalConsumerID),
		ExternalCardID:     program.ownKey(job.ExternalCardID),
	}
}

// ownKey is a key of the issuer's where the program has a directory, which is keyed by them; else they are not sent.
func (p Program) ownKey(key string) string {
	if p.DirectoryID == "" {
		return ""
	}

	return key
}

// email is the address that stands beside the identity, "" where the program sends none.
func email(program Program, payload jobs.Payload) string {
	if !program.sendsEmail() {
		return ""
	}

	return payload.Consumer.EmailAddress
}

func address(a *jobs.Address) *mastercard.Address {
	if a == nil {
		return nil
	}

	return &mastercard.Address{
		Name: a.Name, Line1: a.Line1, Line2: a.Line2, Line3: a.Line3,
		City: a.City, State: a.State, CountryCode: a.CountryCode, Zip: a.Zip,
	}
}

func mobile(m *jobs.MobileNumber) *mastercard.MobileNumber {
	if m == nil {
		return nil
	}

	return &mastercard.MobileNumber{CountryCode: m.CountryCode, PhoneNumber: m.PhoneNumber}
}

func consents(c *jobs.Compliance) *mastercard.ComplianceSettings {
	if c == nil {
		return nil
	}

	return &mastercard.ComplianceSettings{
		Privacy: consent(c.Privacy), Tnc: consent(c.Tnc), Cookie: consent(c.Cookie), GeoLocation: consent(c.GeoLocation),
	}
}

func consent(c *jobs.Consent) *mastercard.Consent {
	if c == nil {
		return nil
	}

	return &mastercard.Consent{
		AcceptedVersion: c.AcceptedVersion, LatestVersion: c.LatestVersion, LatestVersionURI: c.LatestVersionURI,
	}
}
