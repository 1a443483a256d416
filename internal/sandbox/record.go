package sandbox

import (
	"cmp"
	"time"
)

// record is an enrolled card as the sandbox keeps it: without its number.
type record struct {
	id                     string
	key, owner             string // of itself and of its consumer in the registry
	srcClientID, serviceID string
	first6, last4          string
	month, year, brand     string
	address                map[string]string
	created, used          time.Time
}

const apiTime = "2006-01-02T15:04:05.000Z"

func (s *Sandbox) newRecord(card card, request object, at place) record {
	now := s.options.Now().UTC()
	serviceID := request.text("serviceId")

	id := s.ids.digitalCard(card.digits(), serviceID)

	return record{
		id:          id,
		key:         cmp.Or(at.card(), id),
		srcClientID: request.text("srcClientId"),
		serviceID:   serviceID,
		first6:      card.number.First6(),
		last4:       card.number.Last4(),
		month:       card.month,
		year:        card.year,
		brand:       brand(card.digits()),
		address:     maskAddress(card.address),
		created:     now,
		used:        now,
	}
}

func (r record) masked(ids identifiers) maskedCard {
	return maskedCard{
		SrcDigitalCardID:        r.id,
		PanBin:                  r.first6,
		PanLastFour:             r.last4,
		PanExpirationMonth:      r.month,
		PanExpirationYear:       r.year,
		TokenUniqueReference:    ids.tokenReference(r.id),
		TokenLastFour:           ids.fourDigits(r.id),
		PaymentCardDescriptor:   r.brand,
		PaymentCardType:         "CREDIT",
		PaymentAccountReference: ids.accountReference(r.id),
		ServiceID:               r.serviceID,
		DateOfCardCreated:       r.created.Format(apiTime),
		DateOfCardLastUsed:      r.used.Format(apiTime),
		MaskedBillingAddress:    r.address,
		DigitalCardData: digitalCardData{
			Status:         "ACTIVE",
			DescriptorName: "Sandbox Bank",
			ArtURI:         "https://sandbox.example/card-art/plain.png",
			IsCoBranded:    "false",
			IssuerName:     "Sandbox Bank",
		},
	}
}
