package sandbox

import (
	"fmt"
	"net/http"
)

// gatewayFailure is a row of the gateway's error table. Mastercard's own table was readable only
// in part: a row that is not confirmed has "inferred" beside it.
type gatewayFailure struct {
	status      int
	code        string
	description string
	recoverable bool
	retryAfter  int // seconds; no header when zero
}

type gatewayRow int

const (
	noAuthorization gatewayRow = iota
	badAuthorization
	unknownConsumer
	staleTimestamp
	reusedNonce
	wrongBodyHash
	wrongSignature
	noSuchResource
	methodNotAllowed
	bodyTooLarge
	bodyUnreadable
	rateLimited
	recoverableFailure
)

func gatewayTable() map[gatewayRow]gatewayFailure {
	return map[gatewayRow]gatewayFailure{
		// The code was seen in another product; the status is inferred.
		noAuthorization: {http.StatusBadRequest, "INVALID_AUTH_HEADER", "Bad Request - No Authorization header set", false, 0},
		// inferred
		badAuthorization: {http.StatusBadRequest, "INVALID_AUTH_HEADER", "Bad Request - Invalid Authorization header: %s", false, 0},
		unknownConsumer:  {http.StatusUnauthorized, "DECLINED", "Unauthorized - Access Not Granted", false, 0},
		// inferred: code and status are those of a wrong signature
		staleTimestamp: {http.StatusForbidden, "AUTHENTICATION_FAILED", "OAuth timestamp is off by %s.", false, 0},
		// inferred: code and status are those of a wrong signature
		reusedNonce: {http.StatusForbidden, "AUTHENTICATION_FAILED", "OAuth nonce was already used.", false, 0},
		wrongBodyHash: {
			http.StatusBadRequest, "INVALID_BODY_HASH", "Bad Request - The provided oauth_body_hash does not match " +
				"the SHA256 hash of the request payload. Calculated: %s, Received: %s", false, 0,
		},
		wrongSignature: {
			http.StatusForbidden, "AUTHENTICATION_FAILED",
			"OAuth Signature parameter failed verification. Acceptable signature base string: %s", false, 0,
		},
		// The codes of a sibling product's gateway table.
		noSuchResource:   {http.StatusNotFound, "RESOURCE_NOT_FOUND", "Not Found - No such resource", false, 0},
		methodNotAllowed: {http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Method Not Allowed", false, 0},
		// inferred
		bodyTooLarge: {http.StatusRequestEntityTooLarge, "INVALID_REQUEST", "The request payload is too large", false, 0},
		// inferred
		bodyUnreadable: {http.StatusBadRequest, "INVALID_REQUEST", "The request payload could not be read", true, 0},
		// Seen in another product, where the service said it.
		rateLimited: {http.StatusTooManyRequests, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded", true, 1},
		// inferred: an error that only Recoverable tells from one that will come again
		recoverableFailure: {http.StatusBadRequest, "TEMPORARY_FAILURE", "The request could not be passed on", true, 0},
	}
}

type gatewayErrors struct {
	Errors gatewayErrorList `json:"Errors"`
}

type gatewayErrorList struct {
	Error []gatewayError `json:"Error"`
}

type gatewayError struct {
	Source      string
	ReasonCode  string
	Description string
	Recoverable bool
	Details     *string
}

func gatewayRefusal(row gatewayRow, words ...any) *reply {
	failure := gatewayTable()[row]

	answer := jsonReply(failure.status, gatewayErrors{gatewayErrorList{[]gatewayError{{
		Source:      "Gateway",
		ReasonCode:  failure.code,
		Description: fmt.Sprintf(failure.description, words...),
		Recoverable: failure.recoverable,
	}}}})
	answer.retryAfter = failure.retryAfter
	answer.result = fmt.Sprintf("%d %s", failure.status, failure.code)

	return answer
}
