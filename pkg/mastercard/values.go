package mastercard

// values are what one request can be filled with, by the names that profiles use (see profile.SourcesOf). A caller fills those
// that its operation has; the rest are left out of the request.
type values struct {
	srcClientID, serviceID, directoryID string
	openAPIClientID                     string // the first half of the consumer key
	correlationID, flowID               string
	keyFingerprintID, srcDpaID          string
	transactionID                       string
	cardID, consumerID                  string
	externalCardID, externalConsumerID  string
	batchID, externalBatchID            string
	removalReason, removalRequestor     string
	cardSource                          string
	card                                *Card
	consumer                            *Consumer
	compliance                          *ComplianceSettings
	reference                           *EnrolmentReferenceData
	tokenRequest                        *SrcTokenRequestData
	assurance                           *AssuranceData
	encrypted                           string
	holders                             []personalText // of a push
}

// A getter returns one value, "" where there is none. An object is returned by objectOf instead.
type getter func(*values) string

// getters returns the texts by their names.
func getters() map[string]getter {
	all := map[string]getter{
		"program.client_id":    func(v *values) string { return v.srcClientID },
		"program.service_id":   func(v *values) string { return v.serviceID },
		"program.directory_id": func(v *values) string { return v.directoryID },
		"client.id":            func(v *values) string { return v.openAPIClientID },
		"correlation.id":       func(v *values) string { return validCorrelationID(v.correlationID) },
		"flow.id":              func(v *values) string { return validFlowID(v.flowID) },
		"key.fingerprint":      func(v *values) string { return v.keyFingerprintID },
		"dpa.id":               func(v *values) string { return v.srcDpaID },
		"transaction.id":       func(v *values) string { return v.transactionID },
		"card.id":              func(v *values) string { return v.cardID },
		"card.external_id":     func(v *values) string { return v.externalCardID },
		"card.source":          func(v *values) string { return v.cardSource },
		"consumer.id":          func(v *values) string { return v.consumerID },
		"consumer.external_id": func(v *values) string { return v.externalConsumerID },
		"batch.id":             func(v *values) string { return v.batchID },
		"batch.external_id":    func(v *values) string { return v.externalBatchID },
		"removal.reason":       func(v *values) string { return v.removalReason },
		"removal.requestor":    func(v *values) string { return v.removalRequestor },
	}

	addCard(all)
	addConsumer(all)
	addReference(all)
	addConsents(all)

	return all
}

// objectGetters returns the values that are objects of a fixed form.
func objectGetters() map[string]func(*values) any {
	return map[string]func(*values) any{
		"risk.token_request": func(v *values) any { return present(v.tokenRequest) },
		"risk.assurance":     func(v *values) any { return present(v.assurance) },
		"compliance.communications": func(v *values) any {
			if v.compliance == nil {
				return nil
			}

			return present(v.compliance.Communications)
		},
		"compliance.resources": func(v *values) any {
			if v.compliance == nil || len(v.compliance.ComplianceResources) == 0 {
				return nil
			}

			return v.compliance.ComplianceResources
		},
	}
}

// present keeps a nil pointer from becoming an interface that is not nil.
func present[T any](value *T) any {
	if value == nil {
		return nil
	}

	return value
}

func addCard(all map[string]getter) {
	of := func(get func(*Card) string) getter {
		return func(v *values) string {
			if v.card == nil {
				return ""
			}

			return get(v.card)
		}
	}
	billing := func(get func(*Address) string) getter {
		return of(func(c *Card) string {
			if c.BillingAddress == nil {
				return ""
			}

			return get(c.BillingAddress)
		})
	}

	//nolint:forbidigo // the one place where the number leaves its type, to be encrypted at once
	all["card.number"] = of(func(c *Card) string { return c.PrimaryAccountNumber.Reveal() })
	all["card.expiry_month"] = of(func(c *Card) string { return c.PanExpirationMonth })
	all["card.expiry_year"] = of(func(c *Card) string { return c.PanExpirationYear })
	all["card.holder_full_name"] = of(func(c *Card) string { return c.CardholderFullName })
	all["card.holder_first_name"] = of(func(c *Card) string { return c.CardholderFirstName })
	all["card.holder_last_name"] = of(func(c *Card) string { return c.CardholderLastName })
	all["card.billing.name"] = billing(func(a *Address) string { return a.Name })
	all["card.billing.line1"] = billing(func(a *Address) string { return a.Line1 })
	all["card.billing.line2"] = billing(func(a *Address) string { return a.Line2 })
	all["card.billing.line3"] = billing(func(a *Address) string { return a.Line3 })
	all["card.billing.city"] = billing(func(a *Address) string { return a.City })
	all["card.billing.state"] = billing(func(a *Address) string { return a.State })
	all["card.billing.country"] = billing(func(a *Address) string { return a.CountryCode })
	all["card.billing.zip"] = billing(func(a *Address) string { return a.Zip })
}

func addConsumer(all map[string]getter) {
	of := func(get func(*Consumer) string) getter {
		return func(v *values) string {
			if v.consumer == nil {
				return ""
			}

			return get(v.consumer)
		}
	}
	mobile := func(get func(*MobileNumber) string) getter {
		return of(func(c *Consumer) string {
			if c.MobileNumber == nil {
				return ""
			}

			return get(c.MobileNumber)
		})
	}

	all["consumer.identity.provider"] = of(func(c *Consumer) string { return string(c.ConsumerIdentity.IdentityProvider) })
	all["consumer.identity.type"] = of(func(c *Consumer) string { return string(c.ConsumerIdentity.IdentityType) })
	all["consumer.identity.value"] = of(func(c *Consumer) string { return c.ConsumerIdentity.IdentityValue })
	all["consumer.email"] = of(func(c *Consumer) string {
		if c.EmailAddress == "" && c.ConsumerIdentity.IdentityType == ConsumerIdentityTypeEmailAddress {
			return c.ConsumerIdentity.IdentityValue
		}

		return c.EmailAddress
	})
	all["consumer.email.beside"] = of(func(c *Consumer) string { return c.EmailAddress })
	all["consumer.mobile.country_code"] = mobile(func(m *MobileNumber) string { return m.CountryCode })
	all["consumer.mobile.number"] = mobile(func(m *MobileNumber) string { return m.PhoneNumber })
	all["consumer.first_name"] = of(func(c *Consumer) string { return c.FirstName })
	all["consumer.last_name"] = of(func(c *Consumer) string { return c.LastName })
	all["consumer.full_name"] = of(func(c *Consumer) string { return c.FullName })
	all["consumer.country"] = of(func(c *Consumer) string { return c.CountryCode })
	all["consumer.language"] = of(func(c *Consumer) string { return c.LanguageCode })
	all["consumer.national_id"] = of(func(c *Consumer) string { return c.NationalIdentifier })
}

func addReference(all map[string]getter) {
	of := func(get func(*EnrolmentReferenceData) string) getter {
		return func(v *values) string {
			if v.reference == nil {
				return ""
			}

			return get(v.reference)
		}
	}

	all["reference.id"] = of(func(r *EnrolmentReferenceData) string { return r.EnrolmentReferenceID })
	all["reference.type"] = of(func(r *EnrolmentReferenceData) string { return string(r.EnrolmentReferenceType) })
	all["reference.authorization"] = of(func(r *EnrolmentReferenceData) string { return r.Authorization })
}

func addConsents(all map[string]getter) {
	for name, consent := range map[string]func(*ComplianceSettings) *Consent{
		"privacy":      func(c *ComplianceSettings) *Consent { return c.Privacy },
		"tnc":          func(c *ComplianceSettings) *Consent { return c.Tnc },
		"cookie":       func(c *ComplianceSettings) *Consent { return c.Cookie },
		"geo_location": func(c *ComplianceSettings) *Consent { return c.GeoLocation },
	} {
		of := func(get func(*Consent) string) getter {
			return func(v *values) string {
				if v.compliance == nil || consent(v.compliance) == nil {
					return ""
				}

				return get(consent(v.compliance))
			}
		}

		all["compliance."+name+".accepted_version"] = of(func(c *Consent) string { return c.AcceptedVersion })
		all["compliance."+name+".latest_version"] = of(func(c *Consent) string { return c.LatestVersion })
		all["compliance."+name+".uri"] = of(func(c *Consent) string { return c.LatestVersionURI })
	}
}
