package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/pan"
)

// receipts are the push account receipts that were given out, by their text.
type receipts struct {
	mu    sync.Mutex
	given map[string]issued
}

func (r *receipts) put(text string, one issued) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.given[text] = one
}

func (r *receipts) get(text string) (issued, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	one, known := r.given[text]

	return one, known
}

// ownReceipt begins the receipts of the sandbox. Others that begin with MCC- are taken for those of a Token Connect elsewhere.
const ownReceipt = "MCC-SBX-"

const (
	defaultReceiptMinutes = 15
	longestHolding        = 30 * 24 * time.Hour
)

// The forms of what a push may have.
var (
	localeForm  = regexp.MustCompile(`^[a-z]{2}_[A-Z]{2}$`)
	alpha3Form  = regexp.MustCompile(`^[A-Z]{3}$`)
	monthForm   = regexp.MustCompile(`^(0[1-9]|1[0-2])$`)
	yearForm    = regexp.MustCompile(`^[0-9]{2}$`)
	numbersForm = regexp.MustCompile(`^[0-9]{9,19}$`)
)

// pushAccounts serves pushMultipleAccounts.
func (s *Sandbox) pushAccounts(_ context.Context, c call) *reply {
	request, refused := requestOf(c)
	if refused != nil {
		return refused
	}

	minutes, refused := request.validityPeriod()

	refused = firstRefusal(request.length("tokenRequestorId", 11, 11, true), refused,
		request.boolean("requestIssuerInitiatedDigitizationData"), request.length("authenticationCode", 1, 32, false),
		checkSignatureData(request))
	if refused != nil {
		return refused
	}

	requestor := request.text("tokenRequestorId")
	if requestor != ClickToPay && requestor != SandboxWallet {
		return pushErrors(http.StatusBadRequest, "INPUT", "INVALID_TOKEN_REQUESTOR_ID", "The token requestor is unknown")
	}

	accounts, refused := s.pushedAccounts(request)
	if refused != nil {
		return refused
	}

	return s.give(request, requestor, minutes, accounts)
}

// give answers with a receipt for each account, or with what is wrong with it.
func (s *Sandbox) give(request object, requestor string, minutes float64, accounts []pushedAccount) *reply {
	var results []map[string]any

	for _, account := range accounts {
		digits := account.card.digits()
		one := map[string]any{"pushAccountId": account.id}

		switch scenarioOf(digits) {
		case scenarioIneligible:
			one["errors"] = []pushError{{"INPUT", "ACCOUNT_INELIGIBLE", "The account is not eligible", "ACCOUNT_INELIGIBLE", false}}
		case scenarioPushRefused:
			return pushErrors(http.StatusOK, "INPUT", "ACCOUNT_INELIGIBLE", "The account "+digits+" is not eligible")
		case scenarioPushDenied:
			return pushErrors(http.StatusOK, "MDES", "AUTHORIZATION_FAILED", "The client is not authorized")
		default:
			text := ownReceipt + strings.ToUpper(s.ids.next())
			s.receipts.put(text, issued{account.card, requestor, s.options.Now().Add(time.Duration(minutes * float64(time.Minute)))})
			s.ledger.pushed(account.card, account.holder)

			one["pushAccountReceipt"] = text
			if request["requestIssuerInitiatedDigitizationData"] == true {
				one["issuerInitiatedDigitizationData"] = "c2FuZGJveA=="
			}
		}

		results = append(results, one)
	}

	// responseId is not the request's: so it was seen at Mastercard, whatever the specification says.
	answer := jsonReply(http.StatusOK, map[string]any{
		"responseId": s.ids.next(), "pushAccountReceipts": results, "availablePushMethods": pushMethods(),
		"tokenRequestorSignatureSupport": false,
	})
	answer.result = "200 pushed"

	return answer
}

// The scenarios of the sandbox's own range that a push has beside scenarioIneligible: those that the card API answers likewise.
const (
	scenarioPushRefused = 13
	scenarioPushDenied  = 20
)

func scenarioOf(digits string) int {
	if brand(digits) == "" {
		return scenarioIneligible
	}

	rest, own := strings.CutPrefix(digits, Prefix)
	if !own || len(rest) < 2 {
		return scenarioEnrolled
	}

	number, err := strconv.Atoi(rest[:2])
	if err != nil {
		return scenarioEnrolled
	}

	return number
}

// validityPeriod is for how many minutes receipts are good.
func (o object) validityPeriod() (float64, *reply) {
	const name = "pushAccountReceiptsValidityPeriod"

	if !o.has(name) {
		return defaultReceiptMinutes, nil
	}

	minutes, isNumber := o[name].(float64)
	if !isNumber || minutes <= 4 || minutes > 15 {
		return 0, wrongFormat(name)
	}

	return minutes, nil
}

func checkSignatureData(request object) *reply {
	if !request.has("signatureData") {
		return nil
	}

	data := request.object("signatureData")
	if data == nil {
		return wrongFormat("signatureData")
	}

	refused := firstRefusal(
		data.length("callbackURL", 1, 256, false), data.boolean("completeIssuerAppActivation"),
		data.boolean("completeWebsiteActivation"), data.boolean("accountHolderDataSupplied"),
		data.length("locale", 5, 5, false), data.length("tokenRequestorSessionId", 3, 64, false))
	if refused != nil {
		return refused
	}

	if address, err := url.Parse(data.text("callbackURL")); data.has("callbackURL") && (err != nil || !address.IsAbs()) {
		return wrongFormat("callbackURL")
	}

	if data.has("locale") && !localeForm.MatchString(data.text("locale")) {
		return wrongFormat("locale")
	}

	return nil
}

// pushedAccount is one account of a push.
type pushedAccount struct {
	id     string
	card   card
	holder []string // what was told of them
}

// pushedAccounts decrypts and checks the accounts.
func (s *Sandbox) pushedAccounts(request object) ([]pushedAccount, *reply) {
	payload := request.object("pushFundingAccounts").object("encryptedPayload")
	if payload == nil {
		return nil, missingField("encryptedPayload")
	}

	plain, err := s.openFieldLevel(payload)
	if err != nil {
		return nil, pushErrors(http.StatusOK, "INPUT", "CRYPTO_ERROR", "Unable to decipher the request: "+err.Error())
	}

	defer clear(plain)

	var list []object
	if err := json.Unmarshal(bytes.TrimSpace(plain), &list); err != nil || len(list) == 0 {
		return nil, wrongFormat("encryptedData")
	}

	var all []pushedAccount

	for _, item := range list {
		one, refused := s.pushedAccount(item)
		if refused != nil {
			return nil, refused
		}

		if slices.ContainsFunc(all, func(other pushedAccount) bool { return other.id == one.id }) {
			return nil, wrongFormat("pushAccountId")
		}

		all = append(all, one)
	}

	return all, nil
}

func (s *Sandbox) pushedAccount(item object) (pushedAccount, *reply) {
	funding := item.object("fundingAccountData")
	read := funding.object("cardAccountData")

	refused := firstRefusal(item.length("pushAccountId", 1, 36, true), s.checkHolding(funding), checkHolder(funding))

	switch {
	case refused != nil:
		return pushedAccount{}, refused
	case funding == nil:
		return pushedAccount{}, missingField("fundingAccountData")
	case read == nil: // of a financial account the sandbox knows nothing
		return pushedAccount{}, missingField("cardAccountData")
	case !read.has("accountNumber"):
		return pushedAccount{}, missingField("accountNumber")
	case !numbersForm.MatchString(read.text("accountNumber")):
		return pushedAccount{}, wrongFormat("accountNumber")
	case read.has("expiryMonth") && !monthForm.MatchString(read.text("expiryMonth")):
		return pushedAccount{}, wrongFormat("expiryMonth")
	case read.has("expiryYear") && !yearForm.MatchString(read.text("expiryYear")):
		return pushedAccount{}, wrongFormat("expiryYear")
	}

	one := pushedAccount{id: item.text("pushAccountId"), holder: toldOf(funding.object("accountHolderData")), card: card{
		number: pan.Unchecked(read.text("accountNumber")), month: read.text("expiryMonth"),
	}}

	if read.has("expiryYear") {
		one.card.year = "20" + read.text("expiryYear")
	}

	if read.has("expiryMonth") && read.has("expiryYear") && one.card.expired(s.options.Now()) {
		return pushedAccount{}, pushErrors(http.StatusBadRequest, "INPUT", "INVALID_EXPIRY", "The card has expired")
	}

	return one, nil
}

// checkHolding looks at until when the data may be used.
func (s *Sandbox) checkHolding(funding object) *reply {
	const name = "dataValidUntilTimestamp"

	if refused := funding.length(name, 20, 29, false); refused != nil || !funding.has(name) {
		return refused
	}

	until, err := time.Parse(time.RFC3339, funding.text(name))
	if err != nil || until.Before(s.options.Now()) || until.Sub(s.options.Now()) > longestHolding {
		return wrongFormat(name)
	}

	return nil
}

// toldOf is what is said of the holder, in the words by which token requestors say what they take.
func toldOf(holder object) (told []string) {
	for _, of := range []struct{ member, kind string }{
		{"accountHolderName", "NAME"}, {"accountHolderAddress", "ADDRESS"}, {"accountHolderEmailAddress", "EMAIL_ADDRESS"},
		{"accountHolderMobilePhoneNumber", "MOBILE_PHONE_NUMBER"},
	} {
		if holder.has(of.member) {
			told = append(told, of.kind)
		}
	}

	return told
}

// checkHolder looks at what is said of the holder.
func checkHolder(funding object) *reply {
	if !funding.has("accountHolderData") {
		return nil
	}

	holder := funding.object("accountHolderData")
	if holder == nil {
		return wrongFormat("accountHolderData")
	}

	refused := firstRefusal(
		holder.length("accountHolderName", 1, 27, false), holder.length("accountHolderEmailAddress", 6, 320, false))

	if holder.has("accountHolderMobilePhoneNumber") {
		phone := holder.object("accountHolderMobilePhoneNumber")
		refused = firstRefusal(refused, phone.length("countryDialInCode", 1, 4, true), phone.length("phoneNumber", 1, 20, true))
	}

	if holder.has("accountHolderAddress") {
		refused = firstRefusal(refused, checkHolderAddress(holder.object("accountHolderAddress")))
	}

	return refused
}

func checkHolderAddress(address object) *reply {
	if address.has("country") && !alpha3Form.MatchString(address.text("country")) {
		return wrongFormat("country")
	}

	return firstRefusal(
		address.length("line1", 1, 64, false), address.length("line2", 1, 64, false), address.length("city", 1, 32, false),
		address.length("countrySubdivision", 1, 12, false), address.length("postalCode", 1, 16, false))
}

// pushedCard is the card of a receipt that the sandbox gave. What an enrollment by a receipt that has ended is answered with is
// inferred.
func (s *Sandbox) pushedCard(receipt string) (card, *reply) {
	const field = "enrolmentReferenceData.enrolmentReferenceId"

	one, known := s.receipts.get(receipt)

	switch {
	case !known, one.requestor != ClickToPay:
		return card{}, invalidArgument(detail("INVALID_VALUE", wholeBody, field+": unknown receipt"))
	case !s.options.Now().Before(one.until):
		return card{}, invalidArgument(detail("EXPIRED", field, "The receipt has ended"))
	default:
		return one.card, nil
	}
}
