package mastercard

import "context"

// An UpdateCardRequest asks to change the billing address of one enrolled card.
type UpdateCardRequest struct {
	// SrcDigitalCardID names the card, as Answer.SrcDigitalCardID of its enrollment did.
	SrcDigitalCardID string
	// SrcClientID and ServiceID name the issuer's program, as at enrollment.
	SrcClientID, ServiceID string
	// BillingAddress is the whole address: what of it is empty is not sent.
	BillingAddress Address
	// DirectoryID, ExternalConsumerID and ExternalCardID are as in EnrollRequest.
	DirectoryID, ExternalConsumerID, ExternalCardID string
	// SrcCorrelationID and FlowID are as in EnrollRequest, both optional.
	SrcCorrelationID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// UpdateCard changes the billing address of one card (PUT /cards/{cardId}), once, as Enroll does for its call. The verdict is
// Updated, or NotEnrolled where the API knows no such card. Sent again, it changes nothing.
func (c *Client) UpdateCard(ctx context.Context, r UpdateCardRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationUpdateCard,
		profile:   r.Profile,
		problem:   checkCard(r.SrcClientID, r.ServiceID, r.SrcDigitalCardID, r.DirectoryID),
		seal:      c.sealWhereAsked,
		success:   updateSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
		values: values{
			cardID:             r.SrcDigitalCardID,
			card:               &Card{BillingAddress: &r.BillingAddress},
			directoryID:        r.DirectoryID,
			externalConsumerID: r.ExternalConsumerID,
			externalCardID:     r.ExternalCardID,
			srcClientID:        r.SrcClientID,
			serviceID:          r.ServiceID,
			correlationID:      r.SrcCorrelationID,
			flowID:             r.FlowID,
		},
	})

	return answer
}

// An UpdateConsumerRequest asks to change the contact data of one consumer.
type UpdateConsumerRequest struct {
	// SrcConsumerID names the consumer, as Answer.SrcConsumerID of the enrollment of a card of theirs did.
	SrcConsumerID string
	// SrcClientID and ServiceID name the issuer's program, as at enrollment.
	SrcClientID, ServiceID string
	// Consumer is the whole contact data: what of it is empty is not sent. Its identity is not changed.
	Consumer Consumer
	// DirectoryID and ExternalConsumerID are as in EnrollRequest.
	DirectoryID, ExternalConsumerID string
	// SrcCorrelationID and FlowID are as in EnrollRequest, both optional.
	SrcCorrelationID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// UpdateConsumer changes the contact data of one consumer (PUT /profiles/{consumerId}), once. The verdict is Updated, or
// NotEnrolled where the API knows no such consumer. Sent again, it changes nothing.
func (c *Client) UpdateConsumer(ctx context.Context, r UpdateConsumerRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationUpdateConsumer,
		profile:   r.Profile,
		problem:   checkConsumer(r.SrcClientID, r.ServiceID, r.SrcConsumerID, r.DirectoryID),
		seal:      c.sealWhereAsked,
		success:   updateSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
		values: values{
			consumerID:         r.SrcConsumerID,
			consumer:           &r.Consumer,
			directoryID:        r.DirectoryID,
			externalConsumerID: r.ExternalConsumerID,
			srcClientID:        r.SrcClientID,
			serviceID:          r.ServiceID,
			correlationID:      r.SrcCorrelationID,
			flowID:             r.FlowID,
		},
	})

	return answer
}

// A ForgetRequest asks to delete the profile of one consumer, with all their cards.
type ForgetRequest struct {
	// SrcConsumerID names the consumer, as Answer.SrcConsumerID of the enrollment of a card of theirs did.
	SrcConsumerID string
	// SrcClientID and ServiceID name the issuer's program, as at enrollment.
	SrcClientID, ServiceID string
	// DirectoryID and ExternalConsumerID are as in EnrollRequest.
	DirectoryID, ExternalConsumerID string
	// SrcCorrelationID and FlowID are as in EnrollRequest, both optional.
	SrcCorrelationID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// Forget deletes the profile of one consumer (DELETE /profiles/{consumerId}), once. The verdict is Forgotten, or NotEnrolled
// where the API knows no such consumer: after an Unknown that can mean that the first call has done it.
func (c *Client) Forget(ctx context.Context, r ForgetRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationForgetConsumer,
		profile:   r.Profile,
		problem:   checkConsumer(r.SrcClientID, r.ServiceID, r.SrcConsumerID, r.DirectoryID),
		success:   unenrollSuccess,
		turn:      r.Turn,
		auth:      r.Auth,
		values: values{
			consumerID:         r.SrcConsumerID,
			directoryID:        r.DirectoryID,
			externalConsumerID: r.ExternalConsumerID,
			srcClientID:        r.SrcClientID,
			serviceID:          r.ServiceID,
			correlationID:      r.SrcCorrelationID,
			flowID:             r.FlowID,
		},
	})

	return answer
}

// sealWhereAsked encrypts what the profile says is encrypted, which of changes is nothing by the profiles that are built in.
func (c *Client) sealWhereAsked(way *plan, v *values) *finding {
	if way.encrypted == nil {
		return nil
	}

	var problem *finding
	v.encrypted, problem = c.encrypt(way, []*values{v})

	return problem
}
