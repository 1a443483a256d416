package mastercard_test

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

const (
	testReceipt = "MCC-STL-0F6A1B2C-3D4E-4F5A-8B9C-0D1E2F3A4B5C"
	pushed      = `{"responseId":"another","pushAccountReceipts":[{"pushAccountId":"a-1","pushAccountReceipt":"` + testReceipt + `"}],
		"availablePushMethods":[{"type":"WEB","uri":"https://sandbox.src.mastercard.com/provision"}],"unknown":[1]}`
	eligible = `{"responseId":"r-1","tokenRequestors":[{"tokenRequestorId":"50123197928","name":"MDES for Merchants",
		"consumerFacingEntityName":"Click to Pay","tokenRequestorType":"MERCHANT","enabledAccountRanges":[5204731600000000000,2223000000000000000],
		"imageAssetId":"asset-1","supportedPushMethods":["WEB"],"supportsMultiplePushedCards":true,
		"supportedAccountHolderData":["NAME"],"availablePushMethods":[{"type":"WEB","uri":"https://sandbox.src.mastercard.com/provision"}],"x":1}]}`
	asset = `{"mediaContents":[{"type":"image/png","data":"iVBORw0KGgo=","height":"20","width":"40","x":1}]}`
)

// newTokenConnect makes one of good settings, after each change has been made to them.
func newTokenConnect(
	tb testing.TB, transport http.RoundTripper, changes ...func(*mastercard.TokenConnectConfig),
) *mastercard.TokenConnect {
	tb.Helper()

	return connectOf(tb, newClient(tb, through(transport)), changes...)
}

func connectOf(tb testing.TB, client *mastercard.Client, changes ...func(*mastercard.TokenConnectConfig)) *mastercard.TokenConnect {
	tb.Helper()

	config := mastercard.TokenConnectConfig{BaseURL: mastercard.TokenConnectSandbox, EncryptionKey: encryptionKey(tb)}
	for _, change := range changes {
		change(&config)
	}

	connect, err := client.TokenConnect(config)
	require.NoError(tb, err)

	return connect
}

func pushRequest() mastercard.PushRequest {
	return mastercard.PushRequest{
		RequestID:        "r-1",
		TokenRequestorID: mastercard.ClickToPayTokenRequestor,
		Accounts: []mastercard.PushAccount{{PushAccountID: "a-1", Card: mastercard.Card{
			PrimaryAccountNumber: pan.Unchecked(testPAN), PanExpirationMonth: "12", PanExpirationYear: "2029",
		}}},
	}
}

// listener answers every request alike and keeps what it was asked.
type listener struct {
	answer roundTripper

	mu    sync.Mutex
	asked []asked
}

// asked is one request as it came.
type asked struct {
	request *http.Request
	body    []byte
}

func (r *listener) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}

	r.mu.Lock()
	r.asked = append(r.asked, asked{request, body})
	r.mu.Unlock()

	return r.answer(request)
}

// askedOf returns the one request that a call makes; its answer is empty.
func askedOf(t *testing.T, call func(*mastercard.TokenConnect), changes ...func(*mastercard.TokenConnectConfig)) asked {
	t.Helper()

	record := &listener{answer: answering(http.StatusOK, "")}
	call(newTokenConnect(t, record, changes...))
	require.Len(t, record.asked, 1)

	return record.asked[0]
}

// payload returns encryptedPayload of a push.
func (a asked) payload(t *testing.T) fieldPayload {
	t.Helper()

	var body struct {
		PushFundingAccounts struct {
			EncryptedPayload fieldPayload `json:"encryptedPayload"`
		} `json:"pushFundingAccounts"`
	}

	require.NoError(t, json.Unmarshal(a.body, &body))

	return body.PushFundingAccounts.EncryptedPayload
}
