package sandbox_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const (
	pushTarget     = "/mdes/connect/1/0/pushMultipleAccounts"
	eligibleTarget = "/mdes/connect/1/0/getEligibleTokenRequestors"
	assetTarget    = "/mdes/issuer-assets/1/0/asset/tokenrequestor/"
)

func account(number string) members {
	return members{"pushAccountId": "a-1", "fundingAccountData": members{
		"cardAccountData": members{"accountNumber": number, "expiryMonth": "12", "expiryYear": "29"},
	}}
}

// fieldLevel encrypts as the specification has it; mode is CBC or GCM.
func (f *fixture) fieldLevel(tb testing.TB, plain []byte, mode, oaep string, keyBytes int) members {
	tb.Helper()

	public := &f.keys.decryption.PublicKey
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(tb, err)

	fingerprint := sha256.Sum256(der)
	key := []byte(rand.Text() + rand.Text())[:keyBytes]
	block, err := aes.NewCipher(key)
	require.NoError(tb, err)

	payload := members{"publicKeyFingerprint": hex.EncodeToString(fingerprint[:]), "algorithmCipherMode": mode}

	if mode == "GCM" {
		iv := []byte(rand.Text())[:12]
		aead, err := cipher.NewGCM(block)
		require.NoError(tb, err)

		sealed := aead.Seal(nil, iv, plain, nil)
		payload["iv"], payload["encryptedData"] = hex.EncodeToString(iv), hex.EncodeToString(sealed[:len(plain)])
		payload["tag"] = hex.EncodeToString(sealed[len(plain):])
	} else {
		iv := []byte(rand.Text())[:16]
		padding := 16 - len(plain)%16
		data := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
		payload["iv"], payload["encryptedData"] = hex.EncodeToString(iv), hex.EncodeToString(data)
	}

	var wrapped []byte

	switch oaep {
	case "SHA256":
		wrapped, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
	case "SHA512":
		wrapped, err = rsa.EncryptOAEP(sha512.New(), rand.Reader, public, key, nil)
	default:
		wrapped, err = rsa.EncryptPKCS1v15(rand.Reader, public, key) //nolint:staticcheck // the specification has it where no hash is named
	}

	require.NoError(tb, err)

	payload["encryptedKey"] = hex.EncodeToString(wrapped)
	if oaep != "" {
		payload["oaepHashingAlgorithm"] = oaep
	}

	return payload
}

// push sends accounts, after changes to the payload and the body.
func (f *fixture) push(tb testing.TB, accounts any, change ...func(payload, body members)) answer {
	tb.Helper()

	payload := f.fieldLevel(tb, marshal(tb, accounts), "CBC", "SHA512", 16)
	body := members{
		"requestId": "r-1", "tokenRequestorId": "50123197928", "pushFundingAccounts": members{"encryptedPayload": payload}, "unknown": 1,
	}

	for _, one := range change {
		one(payload, body)
	}

	return f.do(tb, request{target: pushTarget, body: marshal(tb, body)})
}

type pushAnswer struct {
	ResponseID          string `json:"responseId"`
	PushAccountReceipts []struct {
		PushAccountID                   string
		PushAccountReceipt              string
		IssuerInitiatedDigitizationData string
		Errors                          []struct{ ReasonCode string }
	} `json:"pushAccountReceipts"`
	Errors []struct {
		Source      string `json:"source"`
		ReasonCode  string `json:"reasonCode"`
		Description string `json:"description"`
	} `json:"errors"`
}

func (a answer) pushed(tb testing.TB) pushAnswer {
	tb.Helper()

	var read pushAnswer
	require.NoError(tb, json.Unmarshal(a.body, &read), "%s", a.body) //nolint:musttag // names differ by case alone

	return read
}

// enrollReceipt enrolls by a receipt.
func (f *fixture) enrollReceipt(tb testing.TB, receipt string) answer {
	tb.Helper()

	return f.do(tb, request{body: f.enrollmentOf(tb, "", func(b members) {
		delete(b, "encryptedCard")
		b["enrolmentReferenceData"] = members{"enrolmentReferenceType": "PUSH_ACCOUNT_RECEIPT", "enrolmentReferenceId": receipt}
	})})
}

// An account that is pushed by any cipher has a receipt, by which the card of that account is enrolled.
func TestAPushedAccountIsEnrolledByItsReceipt(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 7)

	for _, mode := range []string{"CBC", "GCM"} {
		for _, oaep := range []string{"SHA256", "SHA512", ""} {
			for _, keyBytes := range []int{16, 32} {
				answer := f.push(t, []any{account(number)}, func(payload, _ members) {
					maps.Copy(payload, f.fieldLevel(t, marshal(t, []any{account(number)}), mode, oaep, keyBytes))

					if oaep == "" {
						delete(payload, "oaepHashingAlgorithm")
					}
				})
				require.Equal(t, http.StatusOK, answer.status)

				receipts := answer.pushed(t).PushAccountReceipts
				require.Len(t, receipts, 1, "%s", answer.body)
				require.Equal(t, "a-1", receipts[0].PushAccountID)

				card := f.enrollReceipt(t, receipts[0].PushAccountReceipt).enrolled(t).MaskedCard
				require.Equal(t, number[len(number)-4:], card.PanLastFour)
			}
		}
	}

	require.Equal(t, 12, f.sandbox.Ledger().Card(number).Pushes)
	require.Equal(t, 12, f.sandbox.Ledger().Totals().Pushed)
	require.NotContains(t, f.log.String(), number)
}

func TestPayloadsThatAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)

	for name, change := range map[string]func(payload members){
		"another key's fingerprint": func(p members) { p["publicKeyFingerprint"] = strings.Repeat("ab", 32) },
		"a short fingerprint":       func(p members) { p["publicKeyFingerprint"] = strings.Repeat("ab", 15) },
		"no fingerprint":            func(p members) { delete(p, "publicKeyFingerprint") },
		"no key":                    func(p members) { delete(p, "encryptedKey") },
		"a key of base64":           func(p members) { p["encryptedKey"] = strings.Repeat("z", 512) },
		"a key that is too long":    func(p members) { p["encryptedKey"] = strings.Repeat("a", 514) },
		"another key":               func(p members) { p["encryptedKey"] = strings.Repeat("a", 512) },
		"another hash":              func(p members) { p["oaepHashingAlgorithm"] = "SHA256" },
		"an unknown hash":           func(p members) { p["oaepHashingAlgorithm"] = "SHA1" },
		"no hash":                   func(p members) { delete(p, "oaepHashingAlgorithm") },
		"an unknown mode":           func(p members) { p["algorithmCipherMode"] = "ECB" },
		"the other mode":            func(p members) { p["algorithmCipherMode"] = "GCM" },
		"a short IV":                func(p members) { p["iv"] = "ab" },
		"an IV that is no text":     func(p members) { p["iv"] = 7 },
		"a tag in CBC":              func(p members) { p["tag"] = strings.Repeat("a", 32) },
		"additional data in CBC":    func(p members) { p["aad"] = "ab" },
		"no data":                   func(p members) { delete(p, "encryptedData") },
		"data of half a block":      func(p members) { p["encryptedData"] = "abcd" },
		"data that was changed":     func(p members) { p["encryptedData"] = p["encryptedData"].(string)[32:] },
		"data of an odd length":     func(p members) { p["encryptedData"] = "abc" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := f.push(t, []any{account(sandbox.PAN(0, 1))}, func(payload, _ members) { change(payload) })
			refused := answer.pushed(t)
			require.Empty(t, refused.PushAccountReceipts)
			require.Len(t, refused.Errors, 1, "%s", answer.body)

			if name != "data that was changed" { // which may by chance decrypt to something
				require.Equal(t, "CRYPTO_ERROR", refused.Errors[0].ReasonCode)
			}
		})
	}

	for name, change := range map[string]func(payload members){
		"a tag that was changed": func(p members) { p["tag"] = strings.Repeat("a", 32) },
		"no tag":                 func(p members) { delete(p, "tag") },
		"no IV":                  func(p members) { delete(p, "iv") },
		"an IV of CBC":           func(p members) { p["iv"] = strings.Repeat("a", 32) },
		"additional data":        func(p members) { p["aad"] = "abcd" },
		"too much of it":         func(p members) { p["aad"] = strings.Repeat("a", 38) },
	} {
		t.Run("GCM: "+name, func(t *testing.T) {
			t.Parallel()

			answer := f.push(t, []any{account(sandbox.PAN(0, 1))}, func(_, body members) {
				payload := f.fieldLevel(t, marshal(t, []any{account(sandbox.PAN(0, 1))}), "GCM", "SHA256", 32)
				change(payload)

				body["pushFundingAccounts"] = members{"encryptedPayload": payload}
			})
			require.Equal(t, "CRYPTO_ERROR", answer.pushed(t).Errors[0].ReasonCode, "%s", answer.body)
		})
	}
}

func TestPushesThatAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	good := account(sandbox.PAN(0, 1))
	card := func(name string, value any) any {
		one := members{"accountNumber": sandbox.PAN(0, 1), "expiryMonth": "12", "expiryYear": "29"}
		one[name] = value

		return []any{members{"pushAccountId": "a-1", "fundingAccountData": members{"cardAccountData": one}}}
	}
	funding := func(name string, value any) any {
		one := members{"cardAccountData": members{"accountNumber": sandbox.PAN(0, 1)}}
		one[name] = value

		return []any{members{"pushAccountId": "a-1", "fundingAccountData": one}}
	}
	set := func(name string, value any) func(payload, body members) {
		return func(_, body members) { body[name] = value }
	}
	signature := func(name string, value any) func(payload, body members) {
		return set("signatureData", members{name: value})
	}
	long := func(n int) string { return strings.Repeat("x", n) }

	for name, c := range map[string]struct {
		accounts any
		change   func(payload, body members)
		reason   string
	}{
		"no request id":                   {[]any{good}, func(_, b members) { delete(b, "requestId") }, "MISSING_REQUIRED_FIELD"},
		"a request id in another case":    {[]any{good}, func(_, b members) { delete(b, "requestId"); b["requestID"] = "r-1" }, "MISSING_REQUIRED_FIELD"},
		"an empty request id":             {[]any{good}, set("requestId", ""), "INVALID_FIELD_LENGTH"},
		"a long request id":               {[]any{good}, set("requestId", long(65)), "INVALID_FIELD_LENGTH"},
		"a request id that is no text":    {[]any{good}, set("requestId", 1), "INVALID_FIELD_FORMAT"},
		"no token requestor":              {[]any{good}, func(_, b members) { delete(b, "tokenRequestorId") }, "MISSING_REQUIRED_FIELD"},
		"ten digits":                      {[]any{good}, set("tokenRequestorId", "5012319792"), "INVALID_FIELD_LENGTH"},
		"another token requestor":         {[]any{good}, set("tokenRequestorId", "50123197929"), "INVALID_TOKEN_REQUESTOR_ID"},
		"no accounts":                     {[]any{good}, set("pushFundingAccounts", nil), "MISSING_REQUIRED_FIELD"},
		"accounts in clear":               {[]any{good}, set("pushFundingAccounts", []any{good}), "MISSING_REQUIRED_FIELD"},
		"4 minutes":                       {[]any{good}, set("pushAccountReceiptsValidityPeriod", 4), "INVALID_FIELD_FORMAT"},
		"16 minutes":                      {[]any{good}, set("pushAccountReceiptsValidityPeriod", 16), "INVALID_FIELD_FORMAT"},
		"minutes as a text":               {[]any{good}, set("pushAccountReceiptsValidityPeriod", "5"), "INVALID_FIELD_FORMAT"},
		"digitization data as a text":     {[]any{good}, set("requestIssuerInitiatedDigitizationData", "true"), "INVALID_FIELD_FORMAT"},
		"a long code":                     {[]any{good}, set("authenticationCode", long(33)), "INVALID_FIELD_LENGTH"},
		"signature data that is a list":   {[]any{good}, set("signatureData", []any{}), "INVALID_FIELD_FORMAT"},
		"a long callback":                 {[]any{good}, signature("callbackURL", "https://"+long(256)), "INVALID_FIELD_LENGTH"},
		"a relative callback":             {[]any{good}, signature("callbackURL", "/back"), "INVALID_FIELD_FORMAT"},
		"a locale with a hyphen":          {[]any{good}, signature("locale", "en-US"), "INVALID_FIELD_FORMAT"},
		"a short session":                 {[]any{good}, signature("tokenRequestorSessionId", "xx"), "INVALID_FIELD_LENGTH"},
		"an activation as a text":         {[]any{good}, signature("completeWebsiteActivation", "true"), "INVALID_FIELD_FORMAT"},
		"an app activation as a text":     {[]any{good}, signature("completeIssuerAppActivation", "true"), "INVALID_FIELD_FORMAT"},
		"holder data supplied as a text":  {[]any{good}, signature("accountHolderDataSupplied", "true"), "INVALID_FIELD_FORMAT"},
		"no list":                         {good, nil, "INVALID_FIELD_FORMAT"},
		"an empty list":                   {[]any{}, nil, "INVALID_FIELD_FORMAT"},
		"two accounts of one id":          {[]any{good, good}, nil, "INVALID_FIELD_FORMAT"},
		"an account without id":           {[]any{members{"fundingAccountData": good["fundingAccountData"]}}, nil, "MISSING_REQUIRED_FIELD"},
		"an account with a long id":       {[]any{members{"pushAccountId": long(37), "fundingAccountData": good["fundingAccountData"]}}, nil, "INVALID_FIELD_LENGTH"},
		"an account without data":         {[]any{members{"pushAccountId": "a-1"}}, nil, "MISSING_REQUIRED_FIELD"},
		"an account without card":         {[]any{members{"pushAccountId": "a-1", "fundingAccountData": members{}}}, nil, "MISSING_REQUIRED_FIELD"},
		"a card without number":           {[]any{members{"pushAccountId": "a-1", "fundingAccountData": members{"cardAccountData": members{}}}}, nil, "MISSING_REQUIRED_FIELD"},
		"a number of 8 digits":            {card("accountNumber", "52047399"), nil, "INVALID_FIELD_FORMAT"},
		"a number of 20 digits":           {card("accountNumber", "52047399000000000000"), nil, "INVALID_FIELD_FORMAT"},
		"month 13":                        {card("expiryMonth", "13"), nil, "INVALID_FIELD_FORMAT"},
		"a year of four digits":           {card("expiryYear", "2029"), nil, "INVALID_FIELD_FORMAT"},
		"a card that has expired":         {card("expiryYear", "25"), nil, "INVALID_EXPIRY"},
		"data that ended":                 {funding("dataValidUntilTimestamp", "2026-11-23T11:59:59Z"), nil, "INVALID_FIELD_FORMAT"},
		"data of 31 days":                 {funding("dataValidUntilTimestamp", "2026-12-24T12:00:01Z"), nil, "INVALID_FIELD_FORMAT"},
		"data until a day":                {funding("dataValidUntilTimestamp", "2026-11-24"), nil, "INVALID_FIELD_LENGTH"},
		"data until a time without zone":  {funding("dataValidUntilTimestamp", "2026-11-24T12:00:00.0"), nil, "INVALID_FIELD_FORMAT"},
		"a holder that is a text":         {funding("accountHolderData", "Ana"), nil, "INVALID_FIELD_FORMAT"},
		"a long name":                     {funding("accountHolderData", members{"accountHolderName": long(28)}), nil, "INVALID_FIELD_LENGTH"},
		"a short e-mail":                  {funding("accountHolderData", members{"accountHolderEmailAddress": "a@b.c"}), nil, "INVALID_FIELD_LENGTH"},
		"a phone without code":            {funding("accountHolderData", members{"accountHolderMobilePhoneNumber": members{"phoneNumber": "1"}}), nil, "MISSING_REQUIRED_FIELD"},
		"a country of two letters":        {funding("accountHolderData", members{"accountHolderAddress": members{"country": "CZ"}}), nil, "INVALID_FIELD_FORMAT"},
		"a long postal code":              {funding("accountHolderData", members{"accountHolderAddress": members{"postalCode": long(17)}}), nil, "INVALID_FIELD_LENGTH"},
		"a card that may not be pushed":   {[]any{account(sandbox.PAN(13, 1))}, nil, "ACCOUNT_INELIGIBLE"},
		"a card of which nobody may push": {[]any{account(sandbox.PAN(20, 1))}, nil, "AUTHORIZATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if c.change == nil {
				c.change = func(members, members) {}
			}

			answer := f.push(t, c.accounts, c.change)
			refused := answer.pushed(t)
			require.Empty(t, refused.PushAccountReceipts, "%s", answer.body)
			require.Equal(t, c.reason, refused.Errors[0].ReasonCode, "%s", answer.body)
		})
	}
}

// One account may be refused beside others.
func TestOneOfSeveralAccountsIsRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	other, foreign := account(sandbox.PAN(10, 1)), account("4000000000000002")
	other["pushAccountId"], foreign["pushAccountId"] = "a-2", "a-3"

	read := f.push(t, []any{account(sandbox.PAN(0, 1)), other, foreign}, func(_, body members) {
		body["requestIssuerInitiatedDigitizationData"] = true
	}).pushed(t)

	require.Len(t, read.PushAccountReceipts, 3)
	require.NotEmpty(t, read.PushAccountReceipts[0].PushAccountReceipt)
	require.NotEmpty(t, read.PushAccountReceipts[0].IssuerInitiatedDigitizationData)
	require.Equal(t, "ACCOUNT_INELIGIBLE", read.PushAccountReceipts[1].Errors[0].ReasonCode)
	require.Equal(t, "ACCOUNT_INELIGIBLE", read.PushAccountReceipts[2].Errors[0].ReasonCode)
}

// A receipt is good for as long as was asked for, and for Click to Pay alone.
func TestReceiptsThatAreRefused(t *testing.T) {
	t.Parallel()

	at := now()
	f := setup(t, func(o *sandbox.Options) { o.Now = func() time.Time { return at } })
	f.now = func() time.Time { return at }
	push := func(change ...func(payload, body members)) string {
		return f.push(t, []any{account(sandbox.PAN(0, 1))}, change...).pushed(t).PushAccountReceipts[0].PushAccountReceipt
	}

	usual := push()
	short := push(func(_, b members) { b["pushAccountReceiptsValidityPeriod"] = 4.5 })
	wallet := push(func(_, b members) { b["tokenRequestorId"] = sandbox.SandboxWallet })

	require.Equal(t, "INVALID_ARGUMENT/INVALID_VALUE/Request body", f.enrollReceipt(t, wallet).reasons(t))
	require.Equal(t, "INVALID_ARGUMENT/INVALID_VALUE/Request body", f.enrollReceipt(t, "MCC-SBX-NONE").reasons(t))

	at = at.Add(4*time.Minute + 29*time.Second)

	f.enrollReceipt(t, short).enrolled(t)

	at = at.Add(time.Second)

	require.Equal(t, "INVALID_ARGUMENT/EXPIRED/enrolmentReferenceData.enrolmentReferenceId", f.enrollReceipt(t, short).reasons(t))
	f.enrollReceipt(t, usual).enrolled(t)

	at = at.Add(10*time.Minute + 30*time.Second)

	require.Equal(t, "INVALID_ARGUMENT/EXPIRED/enrolmentReferenceData.enrolmentReferenceId", f.enrollReceipt(t, usual).reasons(t))
}

func TestTokenRequestorsOfTheSandbox(t *testing.T) {
	t.Parallel()

	f := setup(t)
	ask := func(body any) answer { return f.do(t, request{target: eligibleTarget, body: marshal(t, body)}) }

	good := ask(members{"requestId": "r-1", "accountRanges": []string{"520473990", "5204731600000000000"}})
	require.Equal(t, http.StatusOK, good.status)
	require.Contains(t, string(good.body), `"tokenRequestorId":"50123197928"`)
	require.Contains(t, string(good.body), `5204739900000000000`)

	for name, c := range map[string]struct {
		body   members
		reason string
	}{
		"no request id":     {members{"accountRanges": []string{"520473990"}}, "MISSING_REQUIRED_FIELD"},
		"no ranges":         {members{"requestId": "r-1"}, "MISSING_REQUIRED_FIELD"},
		"an empty list":     {members{"requestId": "r-1", "accountRanges": []string{}}, "INVALID_FIELD_LENGTH"},
		"26 ranges":         {members{"requestId": "r-1", "accountRanges": make([]string, 26)}, "INVALID_FIELD_LENGTH"},
		"a text":            {members{"requestId": "r-1", "accountRanges": "520473990"}, "INVALID_FIELD_FORMAT"},
		"a number":          {members{"requestId": "r-1", "accountRanges": []int{520473990}}, "INVALID_FIELD_FORMAT"},
		"eight digits":      {members{"requestId": "r-1", "accountRanges": []string{"52047399"}}, "INVALID_FIELD_LENGTH"},
		"no start of one":   {members{"requestId": "r-1", "accountRanges": []string{"520473991"}}, "ACCOUNT_INELIGIBLE"},
		"within an enabled": {members{"requestId": "r-1", "accountRanges": []string{"5204739900000000001"}}, "ACCOUNT_INELIGIBLE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.reason, ask(c.body).pushed(t).Errors[0].ReasonCode)
		})
	}
}

func TestTokenConnectIsBehindTheGateway(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) { o.Clients[0].NoTokenConnect = true })
	body := marshal(t, members{"requestId": "r-1", "accountRanges": []string{"520473990"}})

	for _, r := range []request{
		{target: eligibleTarget, body: body}, {target: pushTarget, body: body}, {method: http.MethodGet, target: assetTarget + "sandbox-logo"},
	} {
		require.Equal(t, "AUTHORIZATION_FAILED", f.do(t, r).pushed(t).Errors[0].ReasonCode)

		stranger := r
		stranger.key = f.keys.stranger
		require.Equal(t, http.StatusForbidden, f.do(t, stranger).status)
	}

	require.Equal(t, http.StatusMethodNotAllowed, f.do(t, request{method: http.MethodGet, target: pushTarget}).status)
	require.Equal(t, http.StatusNotFound, f.do(t, request{target: "/mdes/connect/1/0/pushAccount", body: body}).status)
	require.Equal(t, http.StatusUnsupportedMediaType, f.do(t, request{target: pushTarget, body: body, sent: func(r *http.Request) {
		r.Header.Set("Content-Type", "text/plain")
	}}).status)
	require.Equal(t, "INVALID_FIELD_FORMAT", f.do(t, request{target: pushTarget, body: []byte("[]")}).pushed(t).Errors[0].ReasonCode)
}

func TestAssetsOfTheSandbox(t *testing.T) {
	t.Parallel()

	f := setup(t)
	get := func(id string) answer { return f.do(t, request{method: http.MethodGet, target: assetTarget + id}) }

	// The header of the card API is not asked for.
	bare := f.do(t, request{method: http.MethodGet, target: assetTarget + "sandbox-logo", sent: func(r *http.Request) { r.Header.Del("X-Openapi-Clientid") }})
	require.Equal(t, http.StatusOK, bare.status)
	require.Contains(t, string(get("sandbox-logo").body), `"type":"image/png"`)
	require.Equal(t, http.StatusNotFound, get("other").status)
	require.Equal(t, http.StatusNotFound, get("a/b").status)
}
