package sandbox

import (
	"encoding/xml"
	"fmt"
	"net/http"
)

// Refusals that are not the service's word on a card: of what stands between a client
// and the API, and of layers before the service. Each was seen, here or at sibling products.

// page is what a proxy or a server before the API says, in no shape of the API's.
func page(status int, title string) *reply {
	return &reply{
		status:      status,
		contentType: "text/html",
		body: fmt.Appendf(nil, "<html>\r\n<head><title>%[1]s</title></head>\r\n"+
			"<body>\r\n<center><h1>%[1]s</h1></center>\r\n</body>\r\n</html>\r\n", title),
		result: fmt.Sprintf("%d HTML", status),
	}
}

func noCertificate() *reply {
	return page(http.StatusBadRequest, "400 No required SSL certificate was sent")
}

func tooLargeForProxy() *reply {
	return page(http.StatusRequestEntityTooLarge, "413 Request Entity Too Large")
}

func blockedByProxy() *reply {
	return page(http.StatusUnavailableForLegalReasons, "451 Blocked by policy")
}

// gatewayXML is the gateway's refusal as it writes it for who asks for XML, or is not understood.
func gatewayXML() *reply {
	type entry struct {
		Source      string `xml:"Source"`
		ReasonCode  string `xml:"ReasonCode"`
		Description string `xml:"Description"`
		Recoverable bool   `xml:"Recoverable"`
		Details     string `xml:"Details"`
	}

	failure := gatewayTable()[wrongSignature]
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Errors"`
		Error   entry    `xml:"Error"`
	}{Error: entry{Source: "Gateway", ReasonCode: failure.code, Description: "OAuth Signature parameter failed verification."}})
	if err != nil {
		return internalError() // no value of these types fails
	}

	return &reply{
		status:      http.StatusBadRequest,
		contentType: "text/xml",
		body:        append([]byte(xml.Header), body...),
		result:      "400 XML " + failure.code,
	}
}

// listedError is how services behind the gateway report errors, beside the card service: their names are in lower case.
type listedError struct {
	Source      string `json:"source"`
	ReasonCode  string `json:"reasonCode"`
	Description string `json:"description"`
	Recoverable bool   `json:"recoverable"`
}

func listed(source, code, description string) *reply {
	return listedAs(http.StatusBadRequest, listedError{source, code, description, false})
}

func listedAs(status int, failure listedError) *reply {
	answer := jsonReply(status, map[string]any{"errors": []listedError{failure}})
	answer.result = fmt.Sprintf("%d %s", status, failure.ReasonCode)

	return answer
}

func cryptographyError() *reply {
	return listed("Gateway", "CRYPTOGRAPHY_ERROR", "The request could not be decrypted")
}

func encryptionError() *reply {
	return listed("gateway", "ENCRYPTION_ERROR", "The encryption key is not valid")
}

// ineligibleByMDES is about the card, from a service behind the gateway.
func ineligibleByMDES() *reply {
	return listed("MDES", "PAN_INELIGIBLE", "The PAN is ineligible")
}

func recoverableInLowerCase() *reply {
	return listedAs(http.StatusBadRequest, listedError{"GATEWAY", "SERVICE_BUSY", "The request could not be passed on", true})
}

func tooManyInLowerCase() *reply {
	return listedAs(http.StatusTooManyRequests,
		listedError{"CustomerService", "too.many.requests", "You have exceeded the IP rate limit. Maximum allowed - 10 TPS", true})
}

func unknownClientID() *reply {
	answer := jsonReply(http.StatusBadRequest, map[string]any{"error": map[string]any{"code": "openapi.invalid.xclient.id"}})
	answer.result = "400 openapi.invalid.xclient.id"

	return answer
}

// countryMissing is a refusal of the service that is about the request, and not about the card.
func countryMissing() *reply {
	return invalidArgument(detail("CANNOT_BE_NULL", "consumer.countryCode", "must not be null"))
}

func ineligibleInGzip() *reply {
	answer := invalidCard("PAN_INELIGIBLE", "The PAN is ineligible")
	answer.delivery = gzipped

	return answer
}
