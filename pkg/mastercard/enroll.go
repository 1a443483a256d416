package mastercard

import (
	"cmp"
	"context"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

// An EnrollRequest asks to enroll one card: by its number (Card), by the receipt of its push (Receipt), or by another
// reference to a card that Mastercard knows already (Reference). It prints no PAN and no receipt.
type EnrollRequest struct {
	// SrcClientID and ServiceID name the issuer's program, as given at onboarding.
	SrcClientID, ServiceID string
	// CardSource says who added the card. Empty: CardSourceIssuer.
	CardSource CardSource
	Card       Card
	// Receipt takes the place of Card: the push account receipt that TokenConnect gave for it.
	Receipt receipt.Receipt
	// Reference takes the place of Card: another reference than a receipt, which it would print.
	Reference *EnrolmentReferenceData
	Consumer  Consumer
	// Compliance holds the consumer's consents; they go where Config.ComplianceAt says.
	Compliance *ComplianceSettings
	// TokenRequest and Assurance tell Mastercard of the issuer's own view of the risk; optional.
	TokenRequest *SrcTokenRequestData
	Assurance    *AssuranceData
	// DirectoryID, ExternalConsumerID and ExternalCardID name directory, consumer and card at the issuer; for profiles that
	// send them.
	DirectoryID, ExternalConsumerID, ExternalCardID string
	// SrcDpaID is for merchants and their providers; issuers have none (inferred).
	SrcDpaID string
	// SrcCorrelationID is for tracing only: it does not make a call idempotent. One that has not the API's form (a UUID,
	// optionally after eight hexadecimal digits and a character) is left out, since it would be refused.
	SrcCorrelationID string
	// KeyFingerprintID names which of the client's keys the answer is to be encrypted for; optional.
	KeyFingerprintID string
	// FlowID is that of an earlier answer about the same card or consumer; optional.
	FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// Enroll sends one card (POST /cards), once. It always returns a verdict, within
// Config.CallTimeout or when ctx ends, whichever is first; it does not panic.
//
// What fails before anything is sent, because a key is missing, expired or does
// not work, or an id of the program is not of the API's form, is Halted: no other
// request would fare better. A request without a card, or with both a card and a
// reference, is Rejected.
func (c *Client) Enroll(ctx context.Context, r EnrollRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationEnroll,
		profile:   r.Profile,
		number:    r.Card.PrimaryAccountNumber,
		receipt:   r.Receipt,
		values:    r.values(),
		problem:   checkProgram(r.SrcClientID, r.ServiceID),
		seal:      func(way *plan, v *values) *finding { return c.sealCard(way, r, v) },
		success:   enrollSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
	})

	return answer
}

// sealCard encrypts the card, unless a reference stands for it.
func (c *Client) sealCard(way *plan, r EnrollRequest, v *values) *finding {
	hasCard, referred := !r.Card.PrimaryAccountNumber.IsZero(), r.Reference != nil || !r.Receipt.IsZero()

	switch {
	case hasCard && referred, r.Reference != nil && !r.Receipt.IsZero():
		return invalidRequest("enrolmentReferenceData", "CANNOT_BE_DUPLICATE_OR_NULL",
			"a card, a receipt and a reference exclude each other: send one of them")
	case !hasCard && !referred:
		return invalidRequest("card.primaryAccountNumber", "CANNOT_BE_NULL", pan.ErrEmpty.Error())
	case !r.Receipt.IsZero() && r.Receipt.Check() != nil:
		return invalidRequest("enrolmentReferenceData.enrolmentReferenceId", "INVALID_FORMAT", r.Receipt.Check().Error())
	case !hasCard:
		return nil
	}

	var problem *finding
	v.encrypted, problem = c.encrypt(way, []*values{v})

	return problem
}

// values are what the request can be filled with.
func (r *EnrollRequest) values() values {
	return values{
		srcClientID:        r.SrcClientID,
		serviceID:          r.ServiceID,
		cardSource:         cmp.Or(string(r.CardSource), string(CardSourceIssuer)),
		card:               &r.Card,
		consumer:           &r.Consumer,
		compliance:         cmp.Or(r.Compliance, r.Consumer.ComplianceSettings),
		reference:          r.reference(),
		tokenRequest:       r.TokenRequest,
		assurance:          r.Assurance,
		srcDpaID:           r.SrcDpaID,
		correlationID:      r.SrcCorrelationID,
		keyFingerprintID:   r.KeyFingerprintID,
		flowID:             r.FlowID,
		externalConsumerID: cmp.Or(r.ExternalConsumerID, r.Consumer.ExternalConsumerID),
		externalCardID:     r.ExternalCardID,
		directoryID:        r.DirectoryID,
	}
}

// reference is what stands for the card, nil where the card is sent.
func (r *EnrollRequest) reference() *EnrolmentReferenceData {
	if r.Receipt.IsZero() {
		return r.Reference
	}

	return &EnrolmentReferenceData{
		EnrolmentReferenceID:   r.Receipt.Reveal(), //nolint:forbidigo // written into the request, which TLS hides
		EnrolmentReferenceType: EnrolmentReferenceTypePushAccountReceipt,
	}
}
