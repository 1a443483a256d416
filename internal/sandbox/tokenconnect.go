package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// TokenConnectPath is where MDES Token Connect has its operations, as at Mastercard.
const TokenConnectPath = "/mdes"

const (
	eligiblePath = TokenConnectPath + "/connect/1/0/getEligibleTokenRequestors"
	pushPath     = TokenConnectPath + "/connect/1/0/pushMultipleAccounts"
	assetPath    = TokenConnectPath + "/issuer-assets/1/0/asset/tokenrequestor/"

	// ClickToPay is its token requestor id, and SandboxWallet that of a wallet that is the sandbox's own.
	ClickToPay    = "50123197928"
	SandboxWallet = "50100000001"
	sandboxAsset  = "sandbox-logo"
)

// tokenConnect finds what serves a path of Token Connect, and the method that it must have.
func (s *Sandbox) tokenConnect(path string) (string, handler) {
	id, isAsset := strings.CutPrefix(path, assetPath)

	switch {
	case path == eligiblePath:
		return http.MethodPost, s.eligibleRequestors
	case path == pushPath:
		return http.MethodPost, s.pushAccounts
	case isAsset && id != "" && !strings.Contains(id, "/"):
		return http.MethodGet, s.asset
	default:
		return "", nil
	}
}

// pushErrors refuses a request of Token Connect as a whole, by a status or within a 200. Of the reasons, those for a wrong
// length, an ineligible account and a client that may not are Mastercard's; the others are inferred.
func pushErrors(status int, source, reason, description string) *reply {
	answer := jsonReply(status, map[string]any{
		"responseId": "refused", "errors": []pushError{{source, reason, description, reason, false}},
	})
	answer.result = fmt.Sprintf("%d %s", status, reason)

	return answer
}

type pushError struct {
	Source      string `json:"source"`
	ReasonCode  string `json:"reasonCode"`
	Description string `json:"description"`
	ErrorCode   string `json:"errorCode"`
	Recoverable bool   `json:"recoverable"`
}

func wrongLength(field string) *reply {
	return pushErrors(http.StatusBadRequest, "INPUT", "INVALID_FIELD_LENGTH", "Invalid Field Length - {"+field+"}")
}

func wrongFormat(field string) *reply {
	return pushErrors(http.StatusBadRequest, "INPUT", "INVALID_FIELD_FORMAT", "Invalid Field Format - {"+field+"}")
}

func missingField(field string) *reply {
	return pushErrors(http.StatusBadRequest, "INPUT", "MISSING_REQUIRED_FIELD", "Missing Required Field - {"+field+"}")
}

// requestOf reads the body of a request of Token Connect. What it has beside known members is passed over; their names are case
// sensitive.
func requestOf(c call) (object, *reply) {
	if refused := checkMedia(c.request.Header); refused != nil {
		return nil, refused
	}

	var request object
	if err := json.Unmarshal(c.body, &request); err != nil || request == nil {
		return nil, wrongFormat("body")
	}

	if c.client.NoTokenConnect {
		return nil, pushErrors(http.StatusOK, "MDES", "AUTHORIZATION_FAILED", "The client is not authorized")
	}

	return request, request.length("requestId", 1, 64, true)
}

// length checks a text member; one that is optional may be missing.
func (o object) length(name string, least, most int, required bool) *reply {
	value, there := o[name]
	text, isText := value.(string)

	switch {
	case !there && !required:
		return nil
	case !there:
		return missingField(name)
	case !isText:
		return wrongFormat(name)
	case len([]rune(text)) < least || len([]rune(text)) > most:
		return wrongLength(name)
	default:
		return nil
	}
}

// boolean checks an optional member.
func (o object) boolean(name string) *reply {
	if _, isBool := o[name].(bool); o.has(name) && !isBool {
		return wrongFormat(name)
	}

	return nil
}

func firstRefusal(all ...*reply) *reply {
	for _, one := range all {
		if one != nil {
			return one
		}
	}

	return nil
}

// enabledRanges are the starts of account ranges that may be pushed: the sandbox's own and those of the test cards.
func enabledRanges() []string {
	return []string{"5204739900000000000", "5204731600000000000", "5186001700000000000", "2223001850000000000"}
}

// eligibleRequestors serves getEligibleTokenRequestors.
func (s *Sandbox) eligibleRequestors(_ context.Context, c call) *reply {
	request, refused := requestOf(c)
	if refused != nil {
		return refused
	}

	ranges, isList := request["accountRanges"].([]any)

	switch {
	case !request.has("accountRanges"):
		return missingField("accountRanges")
	case !isList:
		return wrongFormat("accountRanges")
	case len(ranges) == 0 || len(ranges) > 25:
		return wrongLength("accountRanges")
	}

	for _, item := range ranges {
		start, _ := item.(string)
		if !allDigits(start) {
			return wrongFormat("accountRanges")
		}

		if len(start) < 9 || len(start) > 19 {
			return wrongLength("accountRanges")
		}

		if !slices.Contains(enabledRanges(), start+strings.Repeat("0", 19-len(start))) {
			return pushErrors(http.StatusOK, "INPUT", "ACCOUNT_INELIGIBLE", "The account range is not enabled")
		}
	}

	answer := jsonReply(http.StatusOK, map[string]any{
		"responseId": request.text("requestId"), "tokenRequestors": tokenRequestors(),
	})
	answer.result = "200 token requestors"

	return answer
}

// tokenRequestors are those of the sandbox. Range starts are numbers, as at Mastercard.
func tokenRequestors() []map[string]any {
	numbers := make([]json.Number, 0, len(enabledRanges()))
	for _, start := range enabledRanges() {
		numbers = append(numbers, json.Number(start))
	}

	return []map[string]any{
		{
			"tokenRequestorId": ClickToPay, "name": "MDES for Merchants", "consumerFacingEntityName": "Click to Pay",
			"tokenRequestorType": "MERCHANT", "enabledAccountRanges": numbers, "imageAssetId": sandboxAsset,
			"supportedPushMethods": []string{"WEB"}, "supportsMultiplePushedCards": true,
			"supportedAccountHolderData": []string{}, "availablePushMethods": pushMethods(),
		},
		{
			"tokenRequestorId": SandboxWallet, "name": "Sandbox Wallet", "consumerFacingEntityName": "Sandbox Wallet",
			"tokenRequestorType": "WALLET", "walletId": "999", "enabledAccountRanges": numbers, "imageAssetId": sandboxAsset,
			"supportedPushMethods": []string{"ANDROID", "IOS", "WEB"}, "supportsMultiplePushedCards": false,
			"supportedAccountHolderData": []string{"NAME", "EMAIL_ADDRESS"}, "availablePushMethods": pushMethods(),
		},
	}
}

func pushMethods() []map[string]string {
	return []map[string]string{{"type": "WEB", "uri": "https://sandbox.example/provision"}}
}

// asset serves getAsset.
func (s *Sandbox) asset(_ context.Context, c call) *reply {
	if c.client.NoTokenConnect {
		return pushErrors(http.StatusOK, "MDES", "AUTHORIZATION_FAILED", "The client is not authorized")
	}

	if strings.TrimPrefix(c.path, assetPath) != sandboxAsset {
		return pushErrors(http.StatusNotFound, "INPUT", "INVALID_ASSET_ID", "The asset is unknown")
	}

	const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

	answer := jsonReply(http.StatusOK, map[string]any{"mediaContents": []map[string]string{
		{"type": "image/png", "data": onePixel, "height": "1", "width": "1"},
	}})
	answer.result = "200 asset"

	return answer
}

func allDigits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// issued is a receipt that the sandbox gave.
type issued struct {
	card      card
	requestor string
	until     time.Time
}
