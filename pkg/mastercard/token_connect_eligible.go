package mastercard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// An EligibleRequest asks which token requestors accounts may be pushed to.
type EligibleRequest struct {
	// RequestID names the request, 1 to 64 characters.
	RequestID string
	// AccountRanges are the starts of account ranges, at most 25 of 9 to 19 digits. Shorter ones are filled up with zeros behind.
	AccountRanges []string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from TokenConnectConfig.Auth.
	Auth Auth
}

// An EligibleAnswer is what asking for token requestors came to. The verdict is Answered where they are known.
type EligibleAnswer struct {
	Answer

	TokenRequestors []TokenRequestor
	// Kept: nothing was asked, the answer to an earlier question is still good.
	Kept bool
}

// A TokenRequestor is one that accounts may be pushed to. Members of an unexpected type are left empty.
type TokenRequestor struct {
	TokenRequestorID         string
	Name                     string
	ConsumerFacingEntityName string
	// TokenRequestorType is MERCHANT or WALLET.
	TokenRequestorType string
	// EnabledAccountRanges are the starts of account ranges, of 19 digits each.
	EnabledAccountRanges []string
	// ImageAssetID is for Asset; empty without a logo.
	ImageAssetID string
	WalletID     string
	// SupportedPushMethods are of ANDROID, IOS and WEB; none where the token requestor does not take part in Token Connect.
	SupportedPushMethods []string
	// SupportsMultiplePushedCards: up to five receipts may be given to the token requestor at once.
	SupportsMultiplePushedCards bool
	// SupportedAccountHolderData are of NAME, ADDRESS, EMAIL_ADDRESS and MOBILE_PHONE_NUMBER.
	SupportedAccountHolderData []string
	AvailablePushMethods       []PushMethod
}

// A PushMethod is how a receipt is handed to a token requestor.
type PushMethod struct {
	// Type is ANDROID, IOS or WEB.
	Type string `json:"type"`
	URI  string `json:"uri"`
}

const (
	mostAccountRanges   = 25
	accountRangeDigits  = 19
	mostTokenRequestors = 10_000 // there are some hundred
	mostListed          = 1_000  // entries of a list within one of them
	mostURI             = 512    // the specification says 128
	// longestRangeStart is how many digits a range start has before its zeros. One with more may be a card number.
	longestRangeStart = 12
)

// EligibleTokenRequestors asks which token requestors accounts of some ranges may be pushed to (getEligibleTokenRequestors),
// once, or answers from what was asked before. It always returns a verdict, as Client.Enroll does. Asking changes nothing, so
// that no failure is Unknown.
func (t *TokenConnect) EligibleTokenRequestors(ctx context.Context, r EligibleRequest) EligibleAnswer {
	ranges, problem := r.ranges()

	key := strings.Join(ranges, " ")
	if problem == nil {
		if kept, found := t.kept.requestors(key); found {
			return EligibleAnswer{Answer: Answer{Verdict: Answered}, TokenRequestors: kept, Kept: true}
		}
	}

	this := t.call(OperationEligibleTokenRequestors, r.Turn, r.Auth)
	this.problem = firstProblem(checkLength("requestId", r.RequestID, 1, 64), problem)
	this.success = eligibleSuccess
	this.compose = func() ([]byte, *finding) {
		return jsonBody(struct {
			RequestID     string   `json:"requestId"`
			AccountRanges []string `json:"accountRanges"`
		}{r.RequestID, ranges})
	}

	answer, held := t.client.do(ctx, this)
	if answer.Verdict != Answered {
		return EligibleAnswer{Answer: answer}
	}

	t.kept.keepRequestors(key, held.requestors)

	return EligibleAnswer{Answer: answer, TokenRequestors: held.requestors}
}

// ranges returns the account ranges in order, each once and of 19 digits.
func (r *EligibleRequest) ranges() ([]string, *finding) {
	if len(r.AccountRanges) == 0 || len(r.AccountRanges) > mostAccountRanges {
		return nil, invalidRequest("accountRanges", "INVALID_VALUE", fmt.Sprintf("are not 1 to %d", mostAccountRanges))
	}

	all := make([]string, len(r.AccountRanges))

	for i, one := range r.AccountRanges {
		if len(one) < 9 || len(one) > accountRangeDigits || !allDigits(one) {
			return nil, invalidRequest("accountRanges", "INVALID_FORMAT", fmt.Sprintf("number %d is not 9 to 19 digits", i+1))
		}
		if len(strings.TrimRight(one, "0")) > longestRangeStart {
			return nil, invalidRequest("accountRanges", "INVALID_VALUE",
				fmt.Sprintf("number %d is no start of a range but may be a card number: give the range's first digits", i+1))
		}

		all[i] = one + strings.Repeat("0", accountRangeDigits-len(one))
	}

	slices.Sort(all)

	return slices.Compact(all), nil
}

// eligibleSuccess reads the answer. One without a list is none; one with an empty list says that nobody is eligible.
func eligibleSuccess(_ *plan, _ *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok || reportsErrors(root) {
		return success{}
	}

	list, ok := member(root, "tokenRequestors").([]any)
	if !ok || text(member(root, "responseId")) == "" {
		return success{}
	}

	held := success{fulfilled: true, requestors: []TokenRequestor{}}

	for _, item := range items(list[:min(len(list), mostTokenRequestors)]) {
		if one := newTokenRequestor(item); CheckTokenRequestor(one.TokenRequestorID) == nil {
			held.requestors = append(held.requestors, one)
		}
	}

	return held
}

func newTokenRequestor(item map[string]any) TokenRequestor {
	kept := func(name string) string { return keptText(item, name, maxCode) }
	multiple, _ := member(item, "supportsMultiplePushedCards").(bool)

	return TokenRequestor{
		TokenRequestorID:            kept("tokenRequestorId"),
		Name:                        kept("name"),
		ConsumerFacingEntityName:    kept("consumerFacingEntityName"),
		TokenRequestorType:          kept("tokenRequestorType"),
		EnabledAccountRanges:        rangesIn(member(item, "enabledAccountRanges")),
		ImageAssetID:                identifier(kept("imageAssetId")),
		WalletID:                    kept("walletId"),
		SupportedPushMethods:        textsIn(member(item, "supportedPushMethods")),
		SupportsMultiplePushedCards: multiple,
		SupportedAccountHolderData:  textsIn(member(item, "supportedAccountHolderData")),
		AvailablePushMethods:        pushMethodsIn(member(item, "availablePushMethods")),
	}
}

// keptText is a text of an answer, fit to be kept and shown.
func keptText(item map[string]any, name string, most int) string {
	given, _ := member(item, name).(string)

	return clean(given, most, pan.Number{})
}

// rangesIn reads range starts, which are JSON numbers beyond what a float holds. Texts are taken as well.
func rangesIn(value any) []string {
	list, _ := value.([]any)

	var all []string

	for _, item := range list[:min(len(list), mostListed)] {
		start := ""

		switch item := item.(type) {
		case json.Number:
			start = item.String()
		case string:
			start = item
		}

		if n, err := strconv.ParseInt(start, 10, 64); err == nil && n >= 0 {
			all = append(all, fmt.Sprintf("%0*d", accountRangeDigits, n))
		}
	}

	return all
}

func textsIn(value any) []string {
	list, _ := value.([]any)

	var all []string

	for _, item := range list[:min(len(list), mostListed)] {
		if one, ok := item.(string); ok {
			all = append(all, clean(one, maxCode, pan.Number{}))
		}
	}

	return all
}

func pushMethodsIn(value any) []PushMethod {
	var all []PushMethod

	for _, item := range items(value) {
		if len(all) == mostListed {
			break
		}

		one := PushMethod{Type: keptText(item, "type", maxCode), URI: keptText(item, "uri", mostURI)}
		if one.Type != "" && one.URI != "" {
			all = append(all, one)
		}
	}

	return all
}
