package mastercard

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"enroll.example/clicktopay/pkg/pan"
)

// An EnrollRequest asks to enroll one card: by its number (Card), or by a reference
// to a card that Mastercard knows already (Reference). It prints no PAN.
type EnrollRequest struct {
	// SrcClientID and ServiceID name the issuer's program, as given at onboarding.
	SrcClientID, ServiceID string
	// CardSource says who added the card. Empty: CardSourceIssuer.
	CardSource CardSource
	Card       Card
	// Reference takes the place of Card; issuers use it with a push account receipt.
	Reference *EnrolmentReferenceData
	Consumer  Consumer
	// Compliance holds the consumer's consents; they go where Config.ComplianceAt says.
	Compliance *ComplianceSettings
	// TokenRequest and Assurance tell Mastercard of the issuer's own view of the risk; optional.
	TokenRequest *SrcTokenRequestData
	Assurance    *AssuranceData
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
}

// Enroll sends one card (POST /cards), once. It always returns a verdict, within
// Config.CallTimeout or when ctx ends, whichever is first; it does not panic.
//
// What fails before anything is sent, because a key is missing, expired or does
// not work, or an id of the program is not of the API's form, is Halted: no other
// request would fare better. A request without a card, or with both a card and a
// reference, is Rejected.
func (c *Client) Enroll(ctx context.Context, r EnrollRequest) Answer {
	return c.do(ctx, call{
		operation:     OperationEnroll,
		method:        http.MethodPost,
		path:          []string{"cards"},
		number:        r.Card.PrimaryAccountNumber,
		correlationID: r.SrcCorrelationID,
		flowID:        r.FlowID,
		turn:          r.Turn,
		problem:       checkProgram(r.SrcClientID, r.ServiceID),
		body:          func() ([]byte, *finding) { return c.enrollBody(r) },
	})
}

func (c *Client) enrollBody(r EnrollRequest) ([]byte, *finding) {
	var encrypted string

	switch hasCard := !r.Card.PrimaryAccountNumber.IsZero(); {
	case hasCard && r.Reference != nil:
		return nil, invalidRequest("enrolmentReferenceData", "CANNOT_BE_DUPLICATE_OR_NULL", "it stands beside a card: send one of them")
	case !hasCard && r.Reference == nil:
		return nil, invalidRequest("card.primaryAccountNumber", "CANNOT_BE_NULL", pan.ErrEmpty.Error())
	case hasCard:
		var problem *finding
		if encrypted, problem = c.encrypt(r.Card); problem != nil {
			return nil, problem
		}
	}

	body, err := json.Marshal(r.wire(encrypted, c.config.ComplianceAt))
	if err != nil {
		return nil, invalidRequest("", "INVALID_FORMAT", fmt.Sprintf("encoding the request: %v", err))
	}

	return body, nil
}

func (c *Client) encrypt(card Card) (string, *finding) {
	key := c.config.EncryptionKey.EncryptionKey()
	if key == nil || key.public == nil {
		return "", clientFinding(ReasonKeyMissing, "there is no encryption key")
	}
	if err := checkExpiry(key.notAfter, c.config.Now()); err != nil {
		return "", clientFinding(ReasonKeyExpired, fmt.Sprintf("%s: %v", key, err))
	}

	encrypted, err := encryptCard(card, key)
	if err != nil {
		return "", clientFinding(ReasonNotEncrypted, err.Error())
	}

	return encrypted, nil
}

// wire returns the request as it is sent.
func (r EnrollRequest) wire(encryptedCard string, at CompliancePlace) EnrollCardRequest {
	request := EnrollCardRequest{
		SrcClientID:            r.SrcClientID,
		ServiceID:              r.ServiceID,
		CardSource:             r.CardSource,
		Consumer:               r.Consumer,
		EncryptedCard:          encryptedCard,
		EnrolmentReferenceData: r.Reference,
		SrcTokenRequestData:    r.TokenRequest,
		AssuranceData:          r.Assurance,
		SrcDpaID:               r.SrcDpaID,
		SrcCorrelationID:       validCorrelationID(r.SrcCorrelationID),
		KeyFingerprintID:       r.KeyFingerprintID,
	}

	if request.CardSource == "" {
		request.CardSource = CardSourceIssuer
	}
	if r.Compliance != nil && at == ComplianceInConsumer {
		request.Consumer.ComplianceSettings = r.Compliance
	} else {
		request.ComplianceSettings = r.Compliance
	}

	return request
}
