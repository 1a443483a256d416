package sandbox

import (
	"fmt"
	"net/http"
)

// serviceError is the shape of the service's errors.
type serviceError struct {
	Status  int           `json:"status"`
	Reason  string        `json:"reason"`
	Message string        `json:"message"`
	Detail  []errorDetail `json:"errordetail"`
}

type errorDetail struct {
	// Reason is null for a field that is too long.
	Reason     *string `json:"reason"`
	SourceType string  `json:"sourceType,omitempty"`
	Message    string  `json:"message,omitempty"`
	Source     string  `json:"source,omitempty"`
}

// wholeBody is what the service names as source where a value is wrong.
const wholeBody = "Request body"

func detail(reason, source, message string) errorDetail {
	return errorDetail{Reason: &reason, SourceType: "BODY", Source: source, Message: message}
}

func serviceRefusal(status int, reason, message string, details ...errorDetail) *reply {
	answer := jsonReply(status, serviceError{Status: status, Reason: reason, Message: message, Detail: details})
	answer.result = fmt.Sprintf("%d %s", status, reason)

	if len(details) > 0 && details[0].Reason != nil {
		answer.result += "/" + *details[0].Reason
	}

	return answer
}

func invalidArgument(details ...errorDetail) *reply {
	return serviceRefusal(http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid argument", details...)
}

func invalidCard(reason, message string) *reply {
	return serviceRefusal(http.StatusBadRequest, "INVALID_STATE", "Invalid state", detail(reason, "Card", message))
}

func permissionDenied(source, message string) *reply {
	return serviceRefusal(http.StatusForbidden, "PERMISSION_DENIED", "Permission denied", detail("INVALID_VALUE", source, message))
}

// alreadyExists is inferred: the reason is in the API's list, its use for a card enrolled twice is not documented.
func alreadyExists() *reply {
	return serviceRefusal(http.StatusBadRequest, "ALREADY_EXISTS", "Already exists",
		detail("ALREADY_EXISTS", "Card", "The card is already enrolled"))
}

func noAnswerFromIssuer() *reply {
	return serviceRefusal(http.StatusServiceUnavailable, "UNAVAILABLE", "No response from the issuer, retry later",
		detail("NO_RESPONSE_FROM_ISSUER", "Card", "Retry later"))
}

func internalError() *reply {
	return serviceRefusal(http.StatusInternalServerError, "INTERNAL", "Internal error")
}

func unsupportedMedia(message string) *reply {
	return serviceRefusal(http.StatusUnsupportedMediaType, "INVALID_ARGUMENT", message)
}

// noSuchCard has the detail that reading a card gives; deleting one has none.
func noSuchCard(details ...errorDetail) *reply {
	return serviceRefusal(http.StatusNotFound, "NOT_FOUND", "Card not found", details...)
}

// noSuchConsumer is inferred, from the refusal of an unknown card.
func noSuchConsumer() *reply {
	return serviceRefusal(http.StatusNotFound, "NOT_FOUND", "Consumer not found", notInPath("srcConsumerId", "Consumer not found"))
}

// noSuchDirectory is inferred likewise.
func noSuchDirectory() *reply {
	return serviceRefusal(http.StatusNotFound, "NOT_FOUND", "Directory not found", notInPath("directoryId", "Directory not found"))
}

func notInPath(source, message string) errorDetail {
	unknown := detail("NOT_FOUND", source, message)
	unknown.SourceType = "PATH"

	return unknown
}
