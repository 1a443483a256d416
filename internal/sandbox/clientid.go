package sandbox

import (
	"net/http"
	"strings"
)

// clientIDHeader names the client beside what it signs: the part of its consumer key before the exclamation mark.
const clientIDHeader = "X-Openapi-Clientid"

// checkClientID answers whether a call of the client says so in its header, once. That the service refuses a call that does
// not is inferred: its description lists the header, and issuers send it.
func (s *Sandbox) checkClientID(header http.Header, client *Client) *reply {
	values := header.Values(clientIDHeader)
	if len(values) == 0 && s.options.ClientIDOptional {
		return nil
	}

	clientID, _, _ := strings.Cut(client.ConsumerKey, "!")
	if len(values) == 1 && values[0] == clientID {
		return nil
	}

	return clientIDInvalid()
}

// clientIDInvalid is how a service behind the gateway refuses a client that it does not know, which it takes for a failure of
// its own. The body was seen at another product; the status is inferred from its message.
func clientIDInvalid() *reply {
	answer := jsonReply(http.StatusInternalServerError, map[string]any{
		"code": "-32603",
		"errors": []listedError{{
			Source: "Validation", ReasonCode: "clientid.invalid", Description: "ClientID not provisioned.", Recoverable: false,
		}},
		"message": "Internal Error",
	})
	answer.result = "500 clientid.invalid"

	return answer
}
