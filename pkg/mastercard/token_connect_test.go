package mastercard_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

func TestTokenConnectSettingsAreChecked(t *testing.T) {
	t.Parallel()

	client := newClient(t)

	for want, change := range map[string]func(*mastercard.TokenConnectConfig){
		"BaseURL is not a URL":           func(c *mastercard.TokenConnectConfig) { c.BaseURL = "" },
		"BaseURL is not https":           func(c *mastercard.TokenConnectConfig) { c.BaseURL = "http://api.example/mdes" },
		"EncryptionKey is missing":       func(c *mastercard.TokenConnectConfig) { c.EncryptionKey = nil },
		`Fingerprint "xyz" is not`:       func(c *mastercard.TokenConnectConfig) { c.Fingerprint = "xyz" },
		`setting Cipher "rot13" is none`: func(c *mastercard.TokenConnectConfig) { c.Cipher = "rot13" },
		`OAEP "md5" is neither`:          func(c *mastercard.TokenConnectConfig) { c.OAEP = "md5" },
		`Auth.Scheme "basic"`:            func(c *mastercard.TokenConnectConfig) { c.Auth.Scheme = "basic" },
		"MaxEligible, MaxAsset":          func(c *mastercard.TokenConnectConfig) { c.MaxAssetBytes = -1 },
	} {
		config := mastercard.TokenConnectConfig{BaseURL: mastercard.TokenConnectTestFacility, EncryptionKey: encryptionKey(t)}
		change(&config)

		_, err := client.TokenConnect(config)
		require.ErrorContains(t, err, want)
	}
}

// Every call goes where the specification has it, signed with the client's credential.
func TestTokenConnectRequests(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		call           func(*mastercard.TokenConnect)
		method, target string
		body           string
	}{
		"push": {
			call: func(connect *mastercard.TokenConnect) {
				request := pushRequest()
				yes, no := true, false
				request.Signature = &mastercard.PushSignatureData{
					CallbackURL: "https://bank.example/back?a=1", CompleteIssuerAppActivation: &no, CompleteWebsiteActivation: &yes,
					AccountHolderDataSupplied: true, Locale: "en_US", TokenRequestorSessionID: "session-1",
				}
				request.ReceiptValidity, request.AuthenticationCode, request.DigitizationData = 5*time.Minute, "code-1", true
				connect.PushMultipleAccounts(t.Context(), request)
			},
			method: http.MethodPost, target: "https://sandbox.api.mastercard.com/mdes/connect/1/0/pushMultipleAccounts",
			body: `{"requestId":"r-1","tokenRequestorId":"50123197928","requestIssuerInitiatedDigitizationData":true,
				"pushAccountReceiptsValidityPeriod":5,"authenticationCode":"code-1","signatureData":{"callbackURL":"https://bank.example/back?a=1",
				"completeIssuerAppActivation":false,"completeWebsiteActivation":true,"accountHolderDataSupplied":true,"locale":"en_US",
				"tokenRequestorSessionId":"session-1"}}`,
		},
		"push of what is needed alone": {
			call:   func(connect *mastercard.TokenConnect) { connect.PushMultipleAccounts(t.Context(), pushRequest()) },
			method: http.MethodPost, target: "https://sandbox.api.mastercard.com/mdes/connect/1/0/pushMultipleAccounts",
			body: `{"requestId":"r-1","tokenRequestorId":"50123197928"}`,
		},
		"eligible token requestors": {
			call: func(connect *mastercard.TokenConnect) {
				connect.EligibleTokenRequestors(t.Context(), mastercard.EligibleRequest{
					RequestID: "r-1", AccountRanges: []string{"520473160", "2223000000000000000", "520473160000"},
				})
			},
			method: http.MethodPost, target: "https://sandbox.api.mastercard.com/mdes/connect/1/0/getEligibleTokenRequestors",
			body: `{"requestId":"r-1","accountRanges":["2223000000000000000","5204731600000000000"]}`,
		},
		"asset": {
			call: func(connect *mastercard.TokenConnect) {
				connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: "a/b?c"})
			},
			method: http.MethodGet, target: "https://sandbox.api.mastercard.com/mdes/issuer-assets/1/0/asset/tokenrequestor/a%2Fb%3Fc",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			asked := askedOf(t, c.call)
			require.Equal(t, c.method, asked.request.Method)
			require.Equal(t, c.target, asked.request.URL.String())
			require.NotContains(t, string(asked.body), testPAN)

			_, err := verifyOAuth(c.method, "https", asked.request.URL.Host, asked.request.URL.RequestURI(),
				asked.request.Header.Get("Authorization"), asked.body, &signingRSA().PublicKey)
			require.NoError(t, err)

			if c.body == "" {
				require.Empty(t, asked.body)
				return
			}

			var body map[string]any
			require.NoError(t, json.Unmarshal(asked.body, &body))
			delete(body, "pushFundingAccounts")
			require.JSONEq(t, c.body, string(must(json.Marshal(body))))
		})
	}
}

func TestTokenConnectCallsByOAuth2(t *testing.T) {
	t.Parallel()

	server := roundTripper(func(request *http.Request) (*http.Response, error) {
		return answering(http.StatusOK, `{"access_token":"t-1","token_type":"DPoP","expires_in":900,"scope":"service:scope1"}`)(request)
	})
	record := &listener{answer: answering(http.StatusOK, pushed)}
	client := newClient(t, through(record), authorizedBy(server))

	answer := connectOf(t, client).PushMultipleAccounts(t.Context(), pushRequest())
	require.Equal(t, mastercard.Pushed, answer.Verdict, answer.Failure)
	require.Equal(t, "DPoP t-1", record.asked[0].request.Header.Get("Authorization"))
	require.NotEmpty(t, record.asked[0].request.Header.Get("DPoP"))
	require.NotEmpty(t, oauth2.SandboxTokenURL)
}

// What is known of the holder is encrypted with the card.
func TestPushedHolders(t *testing.T) {
	t.Parallel()

	request := pushRequest()
	request.Accounts[0].ValidUntil = clock.Add(30 * time.Minute)
	request.Accounts[0].Holder = &mastercard.AccountHolder{
		Name: `Sample/Ana "A" <Ä>`, EmailAddress: "a.sample@example.com",
		MobileNumber: &mastercard.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
		Address: &mastercard.AccountHolderAddress{
			Line1: "1 Test St", Line2: "x", City: "Praha", CountrySubdivision: "10", PostalCode: "11000", CountryCode: "CZE",
		},
	}
	request.Accounts = append(request.Accounts, mastercard.PushAccount{
		PushAccountID: "a-2", Card: mastercard.Card{PrimaryAccountNumber: pan.Unchecked("5204731600012804")},
	})

	asked := askedOf(t, func(connect *mastercard.TokenConnect) { connect.PushMultipleAccounts(t.Context(), request) })
	plain, _, _, err := asked.payload(t).open(encryptionRSA())
	require.NoError(t, err)
	require.JSONEq(t, `[{"pushAccountId":"a-1","fundingAccountData":{"dataValidUntilTimestamp":"2026-11-23T12:30:00Z",
		"cardAccountData":{"accountNumber":"5204731600014784","expiryMonth":"12","expiryYear":"29"},
		"accountHolderData":{"accountHolderName":"Sample/Ana \"A\" <Ä>","accountHolderEmailAddress":"a.sample@example.com",
		"accountHolderMobilePhoneNumber":{"countryDialInCode":"420","phoneNumber":"700000000"},
		"accountHolderAddress":{"line1":"1 Test St","line2":"x","city":"Praha","countrySubdivision":"10","postalCode":"11000","country":"CZE"}}}},
		{"pushAccountId":"a-2","fundingAccountData":{"cardAccountData":{"accountNumber":"5204731600012804"}}}]`, string(plain))
}

// A refusal that repeats what was said of the holder is kept without it.
func TestARefusalOfAPushDoesNotRepeatTheHolder(t *testing.T) {
	t.Parallel()

	request := pushRequest()
	request.Accounts[0].Holder = &mastercard.AccountHolder{
		Name: "Sample/Ana", EmailAddress: "a.sample@example.com",
		MobileNumber: &mastercard.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
		Address:      &mastercard.AccountHolderAddress{Line1: "1 Test St"},
	}

	connect := newTokenConnect(t, answering(http.StatusOK, `{"errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE","description":`+
		`"Sample of 1 Test St, A.SAMPLE@example.com, 420700000000 (Sample/Ana, ANA) is not eligible"}]}`))
	answer := connect.PushMultipleAccounts(t.Context(), request)
	require.Equal(t, mastercard.Rejected, answer.Verdict)
	require.Equal(t, "*** of ***, ***, 420*** (***, ***) is not eligible", answer.Failure.Message)
}

// A name of several words may come back in another order, or by its family name alone.
func TestARefusalOfAPushDoesNotRepeatAPartOfAName(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"Ana Maria Sample", "Sample/Ana Maria", "Ana  Maria\u00a0Sample"} {
		request := pushRequest()
		request.Accounts[0].Holder = &mastercard.AccountHolder{Name: name}

		connect := newTokenConnect(t, answering(http.StatusOK, `{"errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE","description":`+
			`"SAMPLE, ANA MARIA: no account of M. Sample; see Samples"}]}`))
		answer := connect.PushMultipleAccounts(t.Context(), request)
		require.Equal(t, "***, *** ***: no account of M. ***; see Samples", answer.Failure.Message, name)
	}
}

// A code is kept as it came, also where a word of it is a holder's name: verdicts, counts and filters go by it.
func TestARefusalOfAPushKeepsItsCode(t *testing.T) {
	t.Parallel()

	request := pushRequest()
	request.Accounts[0].Holder = &mastercard.AccountHolder{Name: "Test Account"}

	connect := newTokenConnect(t, answering(http.StatusOK,
		`{"errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE","description":"this account of Test Account"}]}`))
	answer := connect.PushMultipleAccounts(t.Context(), request)
	require.Equal(t, "ACCOUNT_INELIGIBLE", answer.Failure.Reason)
	require.Equal(t, "this *** of ***", answer.Failure.Message)
}

// What the specification does not allow is refused before anything is sent.
func TestPushesThatAreRefusedHere(t *testing.T) {
	t.Parallel()

	connect := newTokenConnect(t, roundTripper(func(*http.Request) (*http.Response, error) { panic("sent") }))
	account := func(r *mastercard.PushRequest) *mastercard.PushAccount { return &r.Accounts[0] }
	holder := func(r *mastercard.PushRequest) *mastercard.AccountHolder {
		r.Accounts[0].Holder = &mastercard.AccountHolder{MobileNumber: &mastercard.MobileNumber{CountryCode: "1", PhoneNumber: "1"}, Address: &mastercard.AccountHolderAddress{}}
		return r.Accounts[0].Holder
	}
	signature := func(r *mastercard.PushRequest) *mastercard.PushSignatureData {
		r.Signature = &mastercard.PushSignatureData{}
		return r.Signature
	}

	for name, c := range map[string]struct {
		change func(*mastercard.PushRequest)
		field  string
	}{
		"no request id":      {func(r *mastercard.PushRequest) { r.RequestID = "" }, "requestId"},
		"a long request id":  {func(r *mastercard.PushRequest) { r.RequestID = strings.Repeat("x", 65) }, "requestId"},
		"no token requestor": {func(r *mastercard.PushRequest) { r.TokenRequestorID = "5012319792" }, "tokenRequestorId"},
		"no account":         {func(r *mastercard.PushRequest) { r.Accounts = nil }, "pushFundingAccounts"},
		"an account twice":   {func(r *mastercard.PushRequest) { r.Accounts = append(r.Accounts, r.Accounts[0]) }, "pushAccountId"},
		"no account id":      {func(r *mastercard.PushRequest) { account(r).PushAccountID = "" }, "pushAccountId"},
		"a long account id":  {func(r *mastercard.PushRequest) { account(r).PushAccountID = strings.Repeat("x", 37) }, "pushAccountId"},
		"no number":          {func(r *mastercard.PushRequest) { account(r).Card.PrimaryAccountNumber = pan.Number{} }, "cardAccountData.accountNumber"},
		"a number of 20 digits": {func(r *mastercard.PushRequest) {
			account(r).Card.PrimaryAccountNumber = pan.Unchecked(testPAN + "0000")
		}, "cardAccountData.accountNumber"},
		"a number with letters": {func(r *mastercard.PushRequest) {
			account(r).Card.PrimaryAccountNumber = pan.Unchecked("520473160001478x")
		}, "cardAccountData.accountNumber"},
		"no month":              {func(r *mastercard.PushRequest) { account(r).Card.PanExpirationMonth = "" }, "cardAccountData.expiryMonth"},
		"month 13":              {func(r *mastercard.PushRequest) { account(r).Card.PanExpirationMonth = "13" }, "cardAccountData.expiryMonth"},
		"a year of two digits":  {func(r *mastercard.PushRequest) { account(r).Card.PanExpirationYear = "29" }, "cardAccountData.expiryYear"},
		"data that is over":     {func(r *mastercard.PushRequest) { account(r).ValidUntil = clock.Add(-time.Second) }, "dataValidUntilTimestamp"},
		"data of 31 days":       {func(r *mastercard.PushRequest) { account(r).ValidUntil = clock.AddDate(0, 0, 31) }, "dataValidUntilTimestamp"},
		"4 minutes":             {func(r *mastercard.PushRequest) { r.ReceiptValidity = 4 * time.Minute }, "pushAccountReceiptsValidityPeriod"},
		"16 minutes":            {func(r *mastercard.PushRequest) { r.ReceiptValidity = 16 * time.Minute }, "pushAccountReceiptsValidityPeriod"},
		"6.5 minutes":           {func(r *mastercard.PushRequest) { r.ReceiptValidity = 390 * time.Second }, "pushAccountReceiptsValidityPeriod"},
		"a long code":           {func(r *mastercard.PushRequest) { r.AuthenticationCode = strings.Repeat("x", 33) }, "authenticationCode"},
		"a relative callback":   {func(r *mastercard.PushRequest) { signature(r).CallbackURL = "/back" }, "signatureData.callbackURL"},
		"a long callback":       {func(r *mastercard.PushRequest) { signature(r).CallbackURL = "https://" + strings.Repeat("x", 256) }, "signatureData.callbackURL"},
		"a locale of two kinds": {func(r *mastercard.PushRequest) { signature(r).Locale = "en-US" }, "signatureData.locale"},
		"a short session":       {func(r *mastercard.PushRequest) { signature(r).TokenRequestorSessionID = "xx" }, "signatureData.tokenRequestorSessionId"},
		"a long name":           {func(r *mastercard.PushRequest) { holder(r).Name = strings.Repeat("ä", 28) }, "accountHolderData.accountHolderName"},
		"a short e-mail":        {func(r *mastercard.PushRequest) { holder(r).EmailAddress = "a@b.c" }, "accountHolderData.accountHolderEmailAddress"},
		"a phone without code":  {func(r *mastercard.PushRequest) { holder(r).MobileNumber.CountryCode = "" }, "accountHolderMobilePhoneNumber.countryDialInCode"},
		"a long phone":          {func(r *mastercard.PushRequest) { holder(r).MobileNumber.PhoneNumber = strings.Repeat("1", 21) }, "accountHolderMobilePhoneNumber.phoneNumber"},
		"a country of two":      {func(r *mastercard.PushRequest) { holder(r).Address.CountryCode = "CZ" }, "accountHolderAddress.country"},
		"a long line":           {func(r *mastercard.PushRequest) { holder(r).Address.Line1 = strings.Repeat("x", 65) }, "accountHolderAddress.line1"},
		"a long city":           {func(r *mastercard.PushRequest) { holder(r).Address.City = strings.Repeat("x", 33) }, "accountHolderAddress.city"},
		"a long subdivision":    {func(r *mastercard.PushRequest) { holder(r).Address.CountrySubdivision = strings.Repeat("x", 13) }, "accountHolderAddress.countrySubdivision"},
		"a long postal code":    {func(r *mastercard.PushRequest) { holder(r).Address.PostalCode = strings.Repeat("x", 17) }, "accountHolderAddress.postalCode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := pushRequest()
			c.change(&request)
			answer := connect.PushMultipleAccounts(t.Context(), request)

			require.Equal(t, c.field, answer.Failure.Field)
			require.Equal(t, mastercard.SourceClient, answer.Failure.Source)
			require.Contains(t, []mastercard.Verdict{mastercard.Rejected, mastercard.Halted}, answer.Verdict)
			require.Equal(t, c.field == "tokenRequestorId", answer.Verdict == mastercard.Halted)
			require.NotContains(t, answer.Failure.Message, testPAN)
			require.Empty(t, answer.Results)
		})
	}
}

func TestPushAnswers(t *testing.T) {
	t.Parallel()

	const (
		other    = `{"pushAccountId":"a-2","pushAccountReceipt":"MCC-STL-2"}`
		mine     = `{"pushAccountId":"a-1","pushAccountReceipt":"` + testReceipt + `"}`
		refused  = `{"pushAccountId":"a-1","errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE","description":"no"}]}`
		halting  = `{"source":"MDES","reasonCode":"AUTHORIZATION_FAILED","description":"who?"}`
		tooLong  = `{"source":"INPUT","reasonCode":"INVALID_FIELD_LENGTH","description":"Invalid Field Length - {callbackURL}"}`
		strange  = `{"source":"MDES","reasonCode":"MOON_IS_FULL"}`
		passing  = `{"source":"MDES","reasonCode":"BUSY","recoverable":true}`
		receipts = `{"responseId":"x","pushAccountReceipts":[%s]}`
	)

	for name, c := range map[string]struct {
		status  int
		body    string
		verdict mastercard.Verdict
		reason  string
		card    bool
	}{
		"a receipt":                             {200, pushed, mastercard.Pushed, "", false},
		"a receipt among those of others":       {200, fmt.Sprintf(receipts, other+","+mine), mastercard.Pushed, "", false},
		"a receipt beside an empty list":        {200, `{"errors":[],"pushAccountReceipts":[` + mine + `]}`, mastercard.Pushed, "", false},
		"an ineligible account":                 {200, fmt.Sprintf(receipts, refused), mastercard.Rejected, "ACCOUNT_INELIGIBLE", true},
		"an ineligible account, as a whole":     {200, `{"responseId":"x","errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE"}]}`, mastercard.Rejected, "ACCOUNT_INELIGIBLE", true},
		"an ineligible account, by status":      {400, `{"errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE"}]}`, mastercard.Rejected, "ACCOUNT_INELIGIBLE", true},
		"not authorized, in a 200":              {200, `{"errors":[` + halting + `]}`, mastercard.Halted, "AUTHORIZATION_FAILED", false},
		"not authorized, by status":             {401, `{"errors":[` + halting + `]}`, mastercard.Halted, "AUTHORIZATION_FAILED", false},
		"not authorized, of one account":        {200, fmt.Sprintf(receipts, `{"pushAccountId":"a-1","errors":[`+halting+`]}`), mastercard.Halted, "AUTHORIZATION_FAILED", false},
		"a field too long":                      {200, `{"errors":[` + tooLong + `]}`, mastercard.Rejected, "INVALID_FIELD_LENGTH", false},
		"an error that nobody knows":            {200, `{"errors":[` + strange + `]}`, mastercard.Retry, "MOON_IS_FULL", false},
		"an error that passes":                  {200, `{"errors":[` + passing + `]}`, mastercard.Retry, "BUSY", false},
		"an error beside a receipt":             {200, `{"errors":[` + strange + `],"pushAccountReceipts":[` + mine + `]}`, mastercard.Retry, "MOON_IS_FULL", false},
		"too many calls, in a 200":              {200, `{"errors":[{"source":"MDES","reasonCode":"RATE_LIMIT_EXCEEDED"}]}`, mastercard.Throttled, "RATE_LIMIT_EXCEEDED", false},
		"cannot be decrypted":                   {200, `{"errors":[{"source":"INPUT","reasonCode":"CRYPTO_ERROR"}]}`, mastercard.Halted, "CRYPTO_ERROR", false},
		"two receipts for one account":          {200, fmt.Sprintf(receipts, mine+`,{"pushAccountId":"a-1","pushAccountReceipt":"MCC-STL-2"}`), mastercard.Retry, "HTTP_200", false},
		"a receipt for another account":         {200, fmt.Sprintf(receipts, other), mastercard.Retry, "HTTP_200", false},
		"an account without receipt":            {200, fmt.Sprintf(receipts, `{"pushAccountId":"a-1"}`), mastercard.Retry, "HTTP_200", false},
		"a receipt that is too long":            {200, fmt.Sprintf(receipts, `{"pushAccountId":"a-1","pushAccountReceipt":"`+strings.Repeat("A", 65)+`"}`), mastercard.Retry, "HTTP_200", false},
		"a receipt that is no text":             {200, fmt.Sprintf(receipts, `{"pushAccountId":"a-1","pushAccountReceipt":7}`), mastercard.Retry, "HTTP_200", false},
		"the number for a receipt":              {200, fmt.Sprintf(receipts, `{"pushAccountId":"a-1","pushAccountReceipt":"MCC-`+testPAN+`"}`), mastercard.Retry, "HTTP_200", false},
		"no list":                               {200, `{"responseId":"x"}`, mastercard.Retry, "HTTP_200", false},
		"a list of something else":              {200, `{"pushAccountReceipts":[1,null,"x"]}`, mastercard.Retry, "HTTP_200", false},
		"no object":                             {200, `[]`, mastercard.Retry, "HTTP_200", false},
		"nothing":                               {200, "", mastercard.Retry, "HTTP_200", false},
		"a page":                                {200, "<html>", mastercard.Retry, "HTTP_200", false},
		"a failing server":                      {500, "", mastercard.Retry, "HTTP_500", false},
		"a gateway that waits no longer":        {504, "", mastercard.Retry, "HTTP_504", false},
		"no such API":                           {404, "", mastercard.Halted, "HTTP_404", false},
		"another product's refusal of the card": {400, `{"errors":[{"source":"OTHER","reasonCode":"ACCOUNT_INELIGIBLE"}]}`, mastercard.Retry, "ACCOUNT_INELIGIBLE", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newTokenConnect(t, answering(c.status, c.body)).PushMultipleAccounts(t.Context(), pushRequest())
			require.Equal(t, c.verdict, answer.Verdict, answer.Failure)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Equal(t, c.card, answer.AboutCard)

			result, told := answer.Result("a-1")
			require.Equal(t, c.verdict == mastercard.Pushed, told && !result.Receipt.IsZero())

			if told {
				require.Equal(t, c.verdict, result.Verdict)
				require.Equal(t, answer.Failure, result.Failure)
			}

			if c.verdict == mastercard.Pushed {
				require.Equal(t, testReceipt, result.Receipt.Reveal())
			} else {
				require.NotEmpty(t, answer.Advice)
			}
		})
	}
}

func TestEachPushedAccountHasItsOwnResult(t *testing.T) {
	t.Parallel()

	request := pushRequest()
	for _, id := range []string{"a-2", "a-3"} {
		one := request.Accounts[0]
		one.PushAccountID = id
		request.Accounts = append(request.Accounts, one)
	}

	answer := newTokenConnect(t, answering(http.StatusOK, `{"signature":"e30.e30.AAAA","tokenRequestorSignatureSupport":true,"pushAccountReceipts":[
		{"pushAccountId":"a-3","pushAccountReceipt":"MCC-STL-3","issuerInitiatedDigitizationData":"AAAA"},
		{"pushAccountId":"a-2","errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE","description":"`+testPAN+`"}]},
		{"pushAccountId":"a-1","pushAccountReceipt":"MCC-STL-1"}]}`)).PushMultipleAccounts(t.Context(), request)

	require.Equal(t, mastercard.Rejected, answer.Verdict, "of the one that was refused")
	require.Len(t, answer.Results, 3)
	require.Equal(t, "MCC-STL-1", answer.Results[0].Receipt.Reveal())
	require.Equal(t, mastercard.Rejected, answer.Results[1].Verdict)
	require.NotContains(t, answer.Results[1].Failure.Message, testPAN)
	require.Equal(t, mastercard.Pushed, answer.Results[2].Verdict)
	require.Equal(t, "AAAA", answer.Results[2].DigitizationData.Reveal())
	require.Equal(t, "e30.e30.AAAA", answer.Signature.Reveal())

	_, told := answer.Result("a-4")
	require.False(t, told)
}

// Neither a request nor an answer prints a number or a receipt.
func TestPushesHideNumbersAndReceipts(t *testing.T) {
	t.Parallel()

	request := pushRequest()
	answer := newTokenConnect(t, answering(http.StatusOK, strings.Replace(pushed, `"unknown"`, `"signature":"`+testSignature+`","unknown"`, 1))).
		PushMultipleAccounts(t.Context(), request)
	require.Equal(t, mastercard.Pushed, answer.Verdict)
	require.Equal(t, testSignature, answer.Signature.Reveal())

	out := printed(t, request, &request, answer, &answer, answer.Results, answer.Signature)
	for _, secret := range []string{testPAN, testReceipt, testSignature} {
		require.NotContains(t, out, secret)
		require.NotContains(t, out, fmt.Sprintf("%x", secret))
	}
}

const testSignature = "eyJhbGciOiJSUzI1NiJ9.TUNDLVNUTC0wRjZBMUIyQw.c2lnbmF0dXJl"

// An API that sends back the receipt of an enrollment, in every place, must not bring it into an Answer.
func TestAnswersHideTheReceipt(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"in a service error": {400, `{"status":400,"reason":"X RECEIPT","message":"RECEIPT","errordetail":[{"reason":"RECEIPT","source":"RECEIPT","message":"RECEIPT"}]}`},
		"in a page":          {502, "<html>RECEIPT</html>"},
		"in lower case":      {400, `{"status":400,"reason":"X","message":"` + strings.ToLower(testReceipt) + `"}`},
		"in a card":          {200, `{"srcCorrelationId":"RECEIPT","maskedCard":{"srcDigitalCardId":"RECEIPT","tokenUniqueReference":"RECEIPT","paymentAccountReference":"RECEIPT"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := enrollRequest()
			request.Card, request.Receipt = mastercard.Card{}, receipt.Unchecked(testReceipt)
			answer := newClient(t, through(answering(c.status, strings.ReplaceAll(c.body, "RECEIPT", testReceipt), "X-Src-Cx-Flow-Id", testReceipt))).
				Enroll(t.Context(), request)

			out := strings.ToLower(printed(t, request, answer, answer.Card, answer.Err))
			require.NotContains(t, out, strings.ToLower(testReceipt))
			require.NotContains(t, out, fmt.Sprintf("%x", testReceipt))
		})
	}
}

// The receipt takes the card's place, as a working issuer sends it.
func TestAReceiptIsEnrolled(t *testing.T) {
	t.Parallel()

	record := &listener{answer: answering(http.StatusOK, enrolled)}
	request := enrollRequest()
	request.Card, request.Receipt = mastercard.Card{}, receipt.Unchecked(testReceipt)

	answer := newClient(t, through(record)).Enroll(t.Context(), request)
	require.Equal(t, mastercard.Enrolled, answer.Verdict, answer.Failure)

	var body map[string]any
	require.NoError(t, json.Unmarshal(record.asked[0].body, &body))
	require.Equal(t, map[string]any{"enrolmentReferenceId": testReceipt, "enrolmentReferenceType": "PUSH_ACCOUNT_RECEIPT"}, body["enrolmentReferenceData"])
	require.NotContains(t, body, "encryptedCard")
}

func TestAReceiptExcludesOthers(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]func(*mastercard.EnrollRequest){
		"a card": func(*mastercard.EnrollRequest) {},
		"a reference": func(r *mastercard.EnrollRequest) {
			r.Card, r.Reference = mastercard.Card{}, &mastercard.EnrolmentReferenceData{EnrolmentReferenceID: "x"}
		},
		"a form that none has": func(r *mastercard.EnrollRequest) {
			r.Card, r.Receipt = mastercard.Card{}, receipt.Unchecked("5204731600014784")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := enrollRequest()
			request.Receipt = receipt.Unchecked(testReceipt)
			change(&request)

			answer := newClient(t, through(roundTripper(func(*http.Request) (*http.Response, error) { panic("sent") }))).Enroll(t.Context(), request)
			require.Equal(t, mastercard.Rejected, answer.Verdict)
			require.Contains(t, answer.Failure.Field, "enrolmentReferenceData")
			require.NotContains(t, answer.Failure.Message, "5204731600014784")
		})
	}
}
