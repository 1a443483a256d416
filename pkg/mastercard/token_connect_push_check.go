package mastercard

import (
	"fmt"
	"regexp"
	"time"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

const (
	mostPushAccounts = 100
	// longestHolding is how far ahead PushAccount.ValidUntil may be.
	longestHolding = 30 * 24 * time.Hour
)

var (
	localeForm  = regexp.MustCompile(`^[a-z]{2}_[A-Z]{2}$`)
	alpha3Form  = regexp.MustCompile(`^[A-Z]{3}$`)
	absoluteURL = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://[^\s]+$`)
)

// check refuses what the specification does not allow.
func (r *PushRequest) check(now time.Time) *finding {
	if problem := checkLength("requestId", r.RequestID, 1, 64); problem != nil {
		return problem
	}
	if err := CheckTokenRequestor(r.TokenRequestorID); err != nil {
		return invalidSetting("tokenRequestorId", r.TokenRequestorID, "11 digits")
	}
	if len(r.Accounts) == 0 || len(r.Accounts) > mostPushAccounts {
		return invalidRequest("pushFundingAccounts", "INVALID_VALUE", fmt.Sprintf("are not 1 to %d", mostPushAccounts))
	}

	seen := map[string]bool{}

	for i := range r.Accounts {
		account := &r.Accounts[i]
		if seen[account.PushAccountID] {
			return invalidRequest("pushAccountId", "CANNOT_BE_DUPLICATE_OR_NULL", "two accounts have the same")
		}

		seen[account.PushAccountID] = true

		if problem := account.check(now); problem != nil {
			return problem
		}
	}

	if v := r.ReceiptValidity; v != 0 && (v < receipt.MinValidity || v > receipt.MaxValidity || v%time.Minute != 0) {
		return invalidRequest("pushAccountReceiptsValidityPeriod", "INVALID_VALUE", fmt.Sprintf(
			"%s is not %s to %s in whole minutes", v, receipt.MinValidity, receipt.MaxValidity))
	}

	return firstProblem(checkOptional("authenticationCode", r.AuthenticationCode, 1, 32), r.Signature.check())
}

func (d *PushSignatureData) check() *finding {
	switch {
	case d == nil:
		return nil
	case d.CallbackURL != "" && !absoluteURL.MatchString(d.CallbackURL):
		return invalidRequest("signatureData.callbackURL", "INVALID_FORMAT", "is no absolute URL")
	case d.Locale != "" && !localeForm.MatchString(d.Locale):
		return invalidRequest("signatureData.locale", "INVALID_FORMAT", "is not of the form xx_YY")
	default:
		return firstProblem(
			checkOptional("signatureData.callbackURL", d.CallbackURL, 1, 256),
			checkOptional("signatureData.tokenRequestorSessionId", d.TokenRequestorSessionID, 3, 64))
	}
}

func (a *PushAccount) check(now time.Time) *finding {
	if problem := checkLength("pushAccountId", a.PushAccountID, 1, 36); problem != nil {
		return problem
	}
	if problem := checkAccountNumber(a.Card.PrimaryAccountNumber); problem != nil {
		return problem
	}
	if problem := checkPushExpiry(a.Card.PanExpirationMonth, a.Card.PanExpirationYear); problem != nil {
		return problem
	}
	if until := a.ValidUntil; !until.IsZero() && (until.Before(now) || until.Sub(now) > longestHolding) {
		return invalidRequest("dataValidUntilTimestamp", "INVALID_VALUE", "is past, or more than 30 days ahead")
	}

	return a.Holder.check()
}

func checkAccountNumber(number pan.Number) *finding {
	const field = "cardAccountData.accountNumber"

	digits := number.Reveal() //nolint:forbidigo // its digits are counted

	switch {
	case digits == "":
		return invalidRequest(field, "CANNOT_BE_NULL", pan.ErrEmpty.Error())
	case len(digits) < 9 || len(digits) > 19 || !allDigits(digits):
		return invalidRequest(field, "INVALID_FORMAT", "is not 9 to 19 digits")
	default:
		return nil
	}
}

// checkPushExpiry refuses half an expiry, and what is none. Whether it is past, the API knows.
func checkPushExpiry(month, year string) *finding {
	switch {
	case month == "" && year == "":
		return nil
	case len(month) != 2 || !allDigits(month) || month < "01" || month > "12":
		return invalidRequest("cardAccountData.expiryMonth", "INVALID_FORMAT", "is not 01 to 12")
	case len(year) != 4 || !allDigits(year):
		return invalidRequest("cardAccountData.expiryYear", "INVALID_FORMAT", "is not four digits")
	default:
		return nil
	}
}

func (h *AccountHolder) check() *finding {
	if h == nil {
		return nil
	}

	problem := firstProblem(
		checkOptional("accountHolderData.accountHolderName", h.Name, 1, 27),
		checkOptional("accountHolderData.accountHolderEmailAddress", h.EmailAddress, 6, 320))

	if m := h.MobileNumber; m != nil {
		problem = firstProblem(problem,
			checkLength("accountHolderMobilePhoneNumber.countryDialInCode", m.CountryCode, 1, 4),
			checkLength("accountHolderMobilePhoneNumber.phoneNumber", m.PhoneNumber, 1, 20))
	}

	if a := h.Address; a != nil {
		problem = firstProblem(problem, a.check())
	}

	return problem
}

func (a *AccountHolderAddress) check() *finding {
	if a.CountryCode != "" && !alpha3Form.MatchString(a.CountryCode) {
		return invalidRequest("accountHolderAddress.country", "INVALID_FORMAT", "is no country of three capital letters")
	}

	return firstProblem(
		checkOptional("accountHolderAddress.line1", a.Line1, 1, 64),
		checkOptional("accountHolderAddress.line2", a.Line2, 1, 64),
		checkOptional("accountHolderAddress.city", a.City, 1, 32),
		checkOptional("accountHolderAddress.countrySubdivision", a.CountrySubdivision, 1, 12),
		checkOptional("accountHolderAddress.postalCode", a.PostalCode, 1, 16))
}
