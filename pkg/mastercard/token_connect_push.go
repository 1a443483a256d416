package mastercard

import (
	"context"
	"time"
)

// A PushRequest asks to push accounts to a token requestor. It prints no PAN.
type PushRequest struct {
	// RequestID names the request, 1 to 64 characters.
	RequestID string
	// TokenRequestorID is who gets the accounts, 11 digits; ClickToPayTokenRequestor for Click to Pay.
	TokenRequestorID string
	// Accounts are at least one. How many a token requestor takes at once: see TokenRequestor.SupportsMultiplePushedCards.
	Accounts []PushAccount
	// Signature says what the API is to sign beside the receipts; optional.
	Signature *PushSignatureData
	// DigitizationData asks for data with which the issuer makes the token itself.
	DigitizationData bool
	// ReceiptValidity is for how long receipts are to be good, in whole minutes from 5 to 15. Zero: 15.
	ReceiptValidity time.Duration
	// AuthenticationCode has at most 32 characters; optional.
	AuthenticationCode string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from TokenConnectConfig.Auth.
	Auth Auth
}

// A PushAccount is one card that is pushed.
type PushAccount struct {
	// PushAccountID names the account in the request, 1 to 36 characters that no other account of it has.
	PushAccountID string
	// Card is the card. Only its number, which has 9 to 19 digits here, and its expiry are sent.
	Card Card
	// Holder is what the token requestor may know of the holder; optional. See TokenRequestor.SupportedAccountHolderData.
	Holder *AccountHolder
	// ValidUntil is until when the API may use the data, at most 30 days ahead; zero: not sent.
	ValidUntil time.Time
}

// An AccountHolder is who has an account.
type AccountHolder struct {
	// Name has at most 27 characters, "LAST/FIRST" or "FIRST LAST".
	Name string
	// EmailAddress has 6 to 320 characters.
	EmailAddress string
	MobileNumber *MobileNumber
	// Address has a country of three letters, at most 64 characters a line, 32 a city, 12 a state and 16 a postal code.
	Address *AccountHolderAddress
}

// An AccountHolderAddress is an address as Token Connect has it. CountryCode is ISO 3166-1 alpha-3.
type AccountHolderAddress struct {
	Line1              string `json:"line1,omitempty"`
	Line2              string `json:"line2,omitempty"`
	City               string `json:"city,omitempty"`
	CountrySubdivision string `json:"countrySubdivision,omitempty"`
	PostalCode         string `json:"postalCode,omitempty"`
	CountryCode        string `json:"country,omitempty"`
}

// PushSignatureData is what the API signs for the token requestor.
type PushSignatureData struct {
	// CallbackURL is where the holder goes to after, an absolute URL of at most 256 characters.
	CallbackURL string `json:"callbackURL,omitempty"`
	// CompleteIssuerAppActivation and CompleteWebsiteActivation say where the token may be activated; nil: not sent.
	CompleteIssuerAppActivation *bool `json:"completeIssuerAppActivation,omitempty"`
	CompleteWebsiteActivation   *bool `json:"completeWebsiteActivation,omitempty"`
	// AccountHolderDataSupplied: the request has an AccountHolder.
	AccountHolderDataSupplied bool `json:"accountHolderDataSupplied,omitempty"`
	// Locale is such as en_US.
	Locale string `json:"locale,omitempty"`
	// TokenRequestorSessionID, of 3 to 64 characters, is of a session that the token requestor has begun.
	TokenRequestorSessionID string `json:"tokenRequestorSessionId,omitempty"`
}

// PushMultipleAccounts pushes accounts to a token requestor (pushMultipleAccounts), once. It always returns a verdict, as
// Client.Enroll does.
//
// Pushing gives receipts, which end by themselves, and does nothing else: pushed again, an account has another receipt. So no
// failure is Unknown.
func (t *TokenConnect) PushMultipleAccounts(ctx context.Context, r PushRequest) PushAnswer {
	this := t.call(OperationPush, r.Turn, r.Auth)
	this.problem = r.check(t.client.config.Now())
	this.compose = func() ([]byte, *finding) { return t.composePush(r) }
	this.success = func(_ *plan, this *call, result exchange) success { return t.pushSuccess(r, this, result) }

	for _, account := range r.Accounts {
		this.numbers = append(this.numbers, account.Card.PrimaryAccountNumber)
		this.values.holders = append(this.values.holders, account.Holder.personal()...)
	}
	if len(this.numbers) == 1 {
		this.number = this.numbers[0]
	}

	answer, held := t.client.do(ctx, this)
	if held.push == nil {
		return PushAnswer{Answer: answer}
	}

	held.push.Answer = answer

	return *held.push
}
