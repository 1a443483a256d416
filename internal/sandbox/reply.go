package sandbox

import (
	"encoding/json"
	"net/http"
)

// reply is an answer before it is sent.
type reply struct {
	status      int
	retryAfter  int // seconds; no header when zero
	contentType string
	header      http.Header // beside those that every answer has
	body        []byte
	// result is what the ledger counts it as.
	result string
	// delivery is how much of it arrives.
	delivery delivery
}

func jsonReply(status int, value any) *reply {
	body, err := json.Marshal(value)
	if err != nil {
		// None of the types answered with can fail; if one is changed so that it can, say so.
		return &reply{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error()), result: "500"}
	}

	return &reply{status: status, contentType: "application/json", body: body}
}
