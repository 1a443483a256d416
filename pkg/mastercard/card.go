package mastercard

import "context"

// A ReadRequest asks for one enrolled card.
type ReadRequest struct {
	// SrcDigitalCardID names the card, as Answer.SrcDigitalCardID of its enrollment did.
	SrcDigitalCardID string
	// SrcClientID and ServiceID name the issuer's program, as at enrollment.
	SrcClientID, ServiceID string
	// DirectoryID, ExternalConsumerID and ExternalCardID are as in EnrollRequest.
	DirectoryID, ExternalConsumerID, ExternalCardID string
	// The following are as in EnrollRequest, all optional.
	SrcDpaID, SrcCorrelationID, KeyFingerprintID, FlowID string
	// SrciTransactionID joins the calls of one transaction; optional, at most 255 characters.
	SrciTransactionID string
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// ReadCard asks for one card (GET /cards/{cardId}), once, as Enroll does for its
// call. The verdict is Enrolled with the card as it is now, or NotEnrolled where
// the API knows no such card. Reading changes nothing, so that no answer is Retry
// and never Unknown.
func (c *Client) ReadCard(ctx context.Context, r ReadRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationRead,
		profile:   r.Profile,
		problem:   checkCard(r.SrcClientID, r.ServiceID, r.SrcDigitalCardID, r.DirectoryID),
		auth:      r.Auth,
		success:   readSuccess,
		values: values{
			cardID:             r.SrcDigitalCardID,
			directoryID:        r.DirectoryID,
			externalConsumerID: r.ExternalConsumerID,
			externalCardID:     r.ExternalCardID,
			srcClientID:        r.SrcClientID,
			serviceID:          r.ServiceID,
			srcDpaID:           r.SrcDpaID,
			correlationID:      r.SrcCorrelationID,
			transactionID:      r.SrciTransactionID,
			keyFingerprintID:   r.KeyFingerprintID,
			flowID:             r.FlowID,
		},
	})

	return answer
}

// An UnenrollRequest asks to take one card out of Click to Pay.
type UnenrollRequest struct {
	// SrcDigitalCardID names the card, as Answer.SrcDigitalCardID of its enrollment did.
	SrcDigitalCardID string
	// SrcClientID and ServiceID name the issuer's program, as at enrollment.
	SrcClientID, ServiceID string
	// Reason and Requestor say why and who asked for it. Empty: not sent.
	Reason    DeleteReason
	Requestor DeleteRequestor
	// DirectoryID, ExternalConsumerID and ExternalCardID are as in EnrollRequest.
	DirectoryID, ExternalConsumerID, ExternalCardID string
	// The following are as in ReadRequest, all optional.
	SrcDpaID, SrcCorrelationID, SrciTransactionID, FlowID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from Config.Auth.
	Auth Auth
	// Profile names the one of Config.Profiles that describes the call; empty for those by default.
	Profile string
}

// Unenroll takes one card out (DELETE /cards/{cardId}), once, as Enroll does for
// its call. The verdict is Unenrolled, or NotEnrolled where the API knows no such
// card: after an Unknown that can mean that the first call has done it.
func (c *Client) Unenroll(ctx context.Context, r UnenrollRequest) Answer {
	answer, _ := c.do(ctx, &call{
		operation: OperationUnenroll,
		profile:   r.Profile,
		problem:   checkCard(r.SrcClientID, r.ServiceID, r.SrcDigitalCardID, r.DirectoryID),
		auth:      r.Auth,
		success:   unenrollSuccess,
		turn:      r.Turn,
		values: values{
			cardID:             r.SrcDigitalCardID,
			directoryID:        r.DirectoryID,
			externalConsumerID: r.ExternalConsumerID,
			externalCardID:     r.ExternalCardID,
			srcClientID:        r.SrcClientID,
			serviceID:          r.ServiceID,
			srcDpaID:           r.SrcDpaID,
			correlationID:      r.SrcCorrelationID,
			transactionID:      r.SrciTransactionID,
			removalReason:      string(r.Reason),
			removalRequestor:   string(r.Requestor),
			flowID:             r.FlowID,
		},
	})

	return answer
}

// checkCard refuses, beside what checkProgram does, an id that would make another
// path of the URL, or carry a PAN in it. In a directory the issuer's own key can stand for it: what the path of the profile needs
// is looked for when the request is built.
func checkCard(srcClientID, serviceID, id, directoryID string) *finding {
	if problem := checkProgram(srcClientID, serviceID); problem != nil {
		return problem
	}
	if !usableID(id, directoryID) {
		return invalidRequest("srcDigitalCardId", "INVALID_VALUE", "not the id of an enrolled card")
	}

	return nil
}

// checkConsumer is checkCard for a consumer.
func checkConsumer(srcClientID, serviceID, id, directoryID string) *finding {
	if problem := checkProgram(srcClientID, serviceID); problem != nil {
		return problem
	}
	if !usableID(id, directoryID) {
		return invalidRequest("srcConsumerId", "INVALID_VALUE", "not the id of a consumer")
	}

	return nil
}

func usableID(id, directoryID string) bool {
	if id == "" {
		return directoryID != ""
	}

	return id != "." && id != ".." && identifier(id) == id
}
