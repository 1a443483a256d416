package mastercard

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/receipt"
)

// A PushAnswer is what pushing accounts came to. The verdict is Pushed where each of them has its receipt; else it is that of the
// first which has none, and Results tell of each.
type PushAnswer struct {
	Answer

	// Results are those of the accounts, in the order of the request; none where the API has refused the request as a whole.
	Results []PushResult
	// PushMethods say how a receipt may be handed to the token requestor.
	PushMethods []PushMethod
	// Signature is what the API has signed, a JWS that holds the receipts; empty where the token requestor wants none.
	Signature ReceiptText
}

// A PushResult is what became of one account.
type PushResult struct {
	PushAccountID string
	// Verdict is Pushed, or that of a refusal of the account.
	Verdict Verdict
	// Failure, Advice and AboutCard are as in Answer.
	Failure   Failure
	Advice    string
	AboutCard bool
	// Receipt is zero without one.
	Receipt receipt.Receipt
	// DigitizationData is in base64; empty where it was not asked for.
	DigitizationData ReceiptText
}

// A ReceiptText is a text of an answer that holds receipts, or what is as secret. It does not print itself.
type ReceiptText struct{ text *string }

// Reveal returns the text.
func (t ReceiptText) Reveal() string {
	if t.text == nil {
		return ""
	}

	return *t.text
}

// IsZero reports whether there is no text.
func (t ReceiptText) IsZero() bool { return t.text == nil }

// String says how long the text is.
func (t ReceiptText) String() string {
	if t.text == nil {
		return ""
	}

	return fmt.Sprintf("(%d characters)", len(*t.text))
}

// Format writes the same whatever the verb.
func (t ReceiptText) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(t.String())) }

// MarshalJSON writes the same.
func (t ReceiptText) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// The forms of a compact JWS and of base64.
var (
	signatureForm = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)
	base64Form    = regexp.MustCompile(`^[A-Za-z0-9+/=_-]+$`)
)

// Limits of what is kept of an answer; the specification has the one of digitization data.
const (
	longestSignature        = 16_000
	longestDigitizationData = 5_000
)

func receiptText(form *regexp.Regexp, most int, value any) ReceiptText {
	given, _ := value.(string)
	if len(given) > most || !form.MatchString(given) {
		return ReceiptText{}
	}

	return ReceiptText{&given}
}

// pushSuccess reads the answer. What the API says of the whole request comes first: an answer of status 200 may be a refusal. The
// answer's responseId is not looked at: by the specification it repeats requestId, and it was seen to be another one.
func (t *TokenConnect) pushSuccess(r PushRequest, this *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok || reportsErrors(root) {
		return success{}
	}

	list := items(member(root, "pushAccountReceipts"))
	if len(list) == 0 {
		return success{}
	}

	held := success{fulfilled: true, push: &PushAnswer{
		PushMethods: pushMethodsIn(member(root, "availablePushMethods")),
		Signature:   receiptText(signatureForm, longestSignature, member(root, "signature")),
	}}

	for i := range r.Accounts {
		one, found := t.pushResult(r.Accounts[i], this, result, list)
		held.push.Results = append(held.push.Results, one)

		if found != nil && held.found == nil {
			held.fulfilled, held.found = false, found
		}
	}

	return held
}

// pushResult is what the answer says of one account; found says why it has no receipt.
func (t *TokenConnect) pushResult(
	account PushAccount, this *call, result exchange, list []map[string]any,
) (PushResult, []finding) {
	one := PushResult{PushAccountID: account.PushAccountID}

	said := slices.DeleteFunc(slices.Clone(list), func(item map[string]any) bool {
		return text(member(item, "pushAccountId")) != account.PushAccountID
	})

	given, found := receipt.Receipt{}, []finding(nil)

	switch {
	case len(said) != 1: // told of never, or twice: which of two receipts is good, nobody knows
		found = []finding{unrecognized(result.status, DetailNoError,
			fmt.Sprintf("the answer tells of the account %d times", len(said)))}
	case member(said[0], "errors") != nil && reportsErrors(said[0]):
		found = errorsIn(map[string]any{"errors": member(said[0], "errors")})
	default:
		text, _ := member(said[0], "pushAccountReceipt").(string)

		var err error
		if given, err = receipt.Parse(strings.TrimSpace(text)); err != nil || account.Card.PrimaryAccountNumber.LargelyIn(text) {
			given, found = receipt.Receipt{}, []finding{
				unrecognized(result.status, DetailNoError, "the account has no receipt that can be used"),
			}
		}
	}

	if found != nil {
		answer := t.client.conclude(this, result, found...)
		one.Verdict, one.Failure, one.Advice, one.AboutCard = answer.Verdict, answer.Failure, answer.Advice, answer.AboutCard

		return one, found
	}

	one.Verdict, one.Receipt = Pushed, given
	one.DigitizationData = receiptText(base64Form, longestDigitizationData, member(said[0], "issuerInitiatedDigitizationData"))

	return one, nil
}

// Result returns what became of an account, and whether the answer tells of it.
func (a *PushAnswer) Result(pushAccountID string) (PushResult, bool) {
	at := slices.IndexFunc(a.Results, func(one PushResult) bool { return one.PushAccountID == pushAccountID })
	if at < 0 {
		return PushResult{}, false
	}

	return a.Results[at], true
}
