package mastercard

import "time"

// An Answer is what one call came to. It holds no PAN: texts are masked.
type Answer struct {
	Verdict Verdict
	// RetryAfter is how long the API asks to be left alone, at most Config.MaxRetryAfter; zero where it does not say.
	RetryAfter time.Duration
	// HTTPStatus is the answer's; zero when none came.
	HTTPStatus int
	// Failure says what went wrong; zero for Enrolled and Unenrolled.
	Failure Failure
	// Advice says what an operator can do about it, from the verdict table.
	Advice string
	// AboutCard: the failure is about this one card or its consumer, so that nothing follows for other jobs.
	AboutCard bool
	// Obstacle is what is in the way to the API, if anything is.
	Obstacle Obstacle
	// FirstLine is the first line of what answered in the API's place, of at most 200 characters.
	FirstLine string

	// Card is the enrolled card as the API describes it, nil without one. Members of an unexpected type are left empty.
	Card *MaskedCard
	// SrcDigitalCardID names the enrolled card at the API; empty where an enrollment's answer has none that can be used.
	SrcDigitalCardID string
	// SrcConsumerID names the card's consumer at the API; empty where the answer does not say.
	SrcConsumerID string
	// TokenUniqueReference names the card's token; empty where tokenization is delayed.
	TokenUniqueReference string
	// SrcCorrelationID is the answer's or, where it has none, the request's.
	SrcCorrelationID string
	// PushAccountData is what the API sends for a push account receipt, still encrypted: see DecryptionKeys.
	PushAccountData string
	// FlowID goes into the next calls about the same card or consumer, so that the same site answers them.
	FlowID string

	// Err is why there is no answer, or none that could be read. errors.Is works on it (context.DeadlineExceeded and
	// so on); its text is masked.
	Err error
}

// A Failure is one error, in the API's words as far as there are any.
type Failure struct {
	// Source is who reported it: one of the Source constants.
	Source string
	// Reason is the error's code: the gateway's ReasonCode, the service's reason, or one of this package's.
	Reason string
	// Detail is the more exact code below the reason, where there is one.
	Detail string
	// Field is the part of the request that is at fault, where that is said.
	Field string
	// Message is the text, in one line of at most 500 characters.
	Message string
}

// Who reports failures.
const (
	SourceGateway      = "gateway"      // Mastercard's API gateway, before or instead of the service
	SourceService      = "service"      // the card service
	SourceUnrecognized = "unrecognized" // something answered, in no shape or name that the API is known to have
	SourceAuthServer   = "auth_server"  // OAuth 2.0's authorization server, or who is in its place: nothing was sent to the API
	SourceNetwork      = "network"      // nothing answered
	SourceClient       = "client"       // this package: nothing was sent
)

// Reasons of SourceNetwork. Those of SourceAuthServer are the same, or HTTP_ and the status, or a code of OAuth 2.0
// (oauth2.CodeInvalidClient and so on).
const (
	ReasonCanceled          = "CANCELED" // by the caller's context
	ReasonTimeout           = "TIMEOUT"
	ReasonDNS               = "DNS"
	ReasonTLS               = "TLS"
	ReasonProxy             = "PROXY"       // it cannot be reached, or does not connect us to the API
	ReasonUnreachable       = "UNREACHABLE" // there is no route
	ReasonConnectionRefused = "CONNECTION_REFUSED"
	ReasonConnectionLost    = "CONNECTION_LOST" // closed or reset by the other side
	ReasonNetwork           = "NETWORK"         // anything else
)

// Details of SourceNetwork: what it implies about processing.
const (
	DetailNotSent = "NOT_SENT" // the request did not leave completely, so it was not processed
	DetailSent    = "SENT"     // it may have been
)

// Reasons of SourceClient.
const (
	ReasonKeyMissing     = "KEY_MISSING"
	ReasonKeyExpired     = "KEY_EXPIRED"
	ReasonNotEncrypted   = "NOT_ENCRYPTED"
	ReasonNotSigned      = "NOT_SIGNED"
	ReasonInvalidSetting = "INVALID_SETTING" // the program's client id or service id
	ReasonInvalidRequest = "INVALID_REQUEST"
	ReasonTooLarge       = "TOO_LARGE" // the request is beyond a limit of its profile: a smaller one may do
	ReasonPanic          = "PANIC"     // in a transport or key source that was passed in
)

// Details of SourceUnrecognized where the reason is HTTP_ and the status. Where there are words in a shape like the
// API's, reason and detail are those words; of an error in the gateway's shape the detail is the source that it names.
const (
	DetailEmpty      = "EMPTY"
	DetailHTML       = "HTML"
	DetailXML        = "XML"        // without an error of the gateway's in it
	DetailTruncated  = "TRUNCATED"  // it broke off, or went beyond Config.MaxAnswerBytes
	DetailUnreadable = "UNREADABLE" // it is packed in a way that cannot be undone here
	DetailNotJSON    = "NOT_JSON"
	DetailTrailing   = "TRAILING_DATA" // JSON with something behind it
	DetailNoError    = "NO_ERROR"      // JSON without an error in it, and without what a success has
	DetailOtherCard  = "OTHER_CARD"    // a success that names another card than the request's
	DetailOtherBatch = "OTHER_BATCH"   // an answer about another batch than the one asked for
	// DetailOtherConsumer: a success that names another consumer than the one asked for.
	DetailOtherConsumer = "OTHER_CONSUMER"
	// DetailStatusUnknown: a status of a batch or record for which the profile has no verdict.
	DetailStatusUnknown = "STATUS_UNKNOWN"
)

// DetailBatchRefused is the detail of a batch that the API took, and refused as a whole when it came to it.
const DetailBatchRefused = "BATCH_REFUSED"

// reasonOK stands in the verdict table for an answer that is what was asked for.
const reasonOK = "OK"
