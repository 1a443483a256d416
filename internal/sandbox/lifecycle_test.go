package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const (
	profilesPath = sandbox.BasePath + "/profiles/"
	directory    = "dir-1"
	directoryAt  = sandbox.BasePath + "/directories/" + directory
)

// changed is a body of a change.
func changed(tb testing.TB, name string, value any, change ...func(members)) []byte {
	tb.Helper()

	body := members{"srcClientId": srcClientID, "serviceId": serviceID, name: value}
	for _, one := range change {
		one(body)
	}

	return marshal(tb, body)
}

func contact() members {
	return members{"emailAddress": "ana.new@example.com", "firstName": "Anna"}
}

type profileTold struct {
	MaskedConsumer struct {
		SrcConsumerID      string          `json:"srcConsumerId"`
		MaskedEmailAddress string          `json:"maskedEmailAddress"`
		MaskedFirstName    string          `json:"maskedFirstName"`
		MaskedLastName     string          `json:"maskedLastName"`
		MaskedMobileNumber json.RawMessage `json:"maskedMobileNumber"`
	} `json:"maskedConsumer"`
	MaskedCards []struct {
		SrcDigitalCardID     string            `json:"srcDigitalCardId"`
		MaskedBillingAddress map[string]string `json:"maskedBillingAddress"`
	} `json:"maskedCards"`
}

func (a answer) profile(tb testing.TB) profileTold {
	tb.Helper()

	require.Equal(tb, http.StatusOK, a.status, string(a.body))

	var told profileTold
	require.NoError(tb, json.Unmarshal(a.body, &told), string(a.body))

	return told
}

// consumerOf enrolls a card and returns the ids of its consumer and of itself.
func (f *fixture) consumerOf(tb testing.TB, serial int) (consumer, card string) {
	tb.Helper()

	got := f.enroll(tb, sandbox.PAN(0, serial))

	return got.profile(tb).MaskedConsumer.SrcConsumerID, got.enrolled(tb).MaskedCard.SrcDigitalCardID
}

func TestAConsumerIsChangedAndForgottenWithTheirCards(t *testing.T) {
	t.Parallel()

	f := setup(t)
	consumer, first := f.consumerOf(t, 1)
	same, second := f.consumerOf(t, 2)
	require.Equal(t, consumer, same)

	get := request{method: http.MethodGet, target: profilesPath + consumer + query}
	put := func(path string, body []byte) answer {
		return f.do(t, request{method: http.MethodPut, target: path, body: body})
	}

	told := f.do(t, get).profile(t)
	require.Len(t, told.MaskedCards, 2)
	require.Equal(t, "a********e@example.com", told.MaskedConsumer.MaskedEmailAddress)

	after := put(profilesPath+consumer, changed(t, "consumer", contact())).profile(t).MaskedConsumer
	require.Equal(t, consumer, after.SrcConsumerID)
	require.Equal(t, "a*****w@example.com", after.MaskedEmailAddress)
	require.Empty(t, after.MaskedLastName, "what is left out is gone")
	require.Empty(t, after.MaskedMobileNumber)
	require.Equal(t, after, f.do(t, get).profile(t).MaskedConsumer)

	updated := put(cardsPath+"/"+second, changed(t, "billingAddress", members{"city": "Brno"}))
	require.Equal(t, http.StatusOK, updated.status, string(updated.body))
	require.Contains(t, string(updated.body), `"maskedBillingAddress":{"city":"B***"}`)

	forget := request{method: http.MethodDelete, target: get.target}
	require.Equal(t, http.StatusOK, f.do(t, forget).status)

	for _, card := range []string{first, second} {
		require.Equal(t, http.StatusNotFound, f.do(t, request{method: http.MethodGet, target: cardsPath + "/" + card + query}).status)
	}

	for _, gone := range []answer{f.do(t, get), f.do(t, forget), put(profilesPath+consumer, changed(t, "consumer", contact()))} {
		require.Equal(t, http.StatusNotFound, gone.status)
		require.Equal(t, "NOT_FOUND/NOT_FOUND/srcConsumerId", gone.reasons(t))
	}

	again, _ := f.consumerOf(t, 1)
	require.Equal(t, consumer, again, "one who comes back has the same id")

	totals := f.sandbox.Ledger().Totals()
	require.Equal(t, 2, totals.Updated)
	require.Equal(t, 1, totals.Forgotten)
}

func TestChangesAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	consumer, card := f.consumerOf(t, 1)
	ofCard, ofConsumer := cardsPath+"/"+card, profilesPath+consumer
	address := members{"line1": "2 Test St"}
	unknown := "00000000-0000-4000-8000-000000000000"
	without := func(name string) func(members) { return func(m members) { delete(m, name) } }
	set := func(name string, value any) func(members) { return func(m members) { m[name] = value } }

	for name, c := range map[string]struct {
		method, target string
		body           []byte
		status         int
		want           string
	}{
		"a card without an address":       {"PUT", ofCard, changed(t, "x", 1), 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/billingAddress"},
		"a card without a client":         {"PUT", ofCard, changed(t, "billingAddress", address, without("srcClientId")), 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/srcClientId"},
		"a card without a service":        {"PUT", ofCard, changed(t, "billingAddress", address, without("serviceId")), 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/serviceId"},
		"an address that is too long":     {"PUT", ofCard, changed(t, "billingAddress", members{"zip": strings.Repeat("1", 17)}), 400, "INVALID_ARGUMENT/null/billingAddress.zip"},
		"an address that is a text":       {"PUT", ofCard, changed(t, "billingAddress", "Brno"), 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"no JSON":                         {"PUT", ofCard, []byte("{"), 400, "INVALID_ARGUMENT/INVALID_FORMAT/Request body"},
		"no body":                         {"PUT", ofConsumer, []byte{}, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/Request body"},
		"a card of another's client":      {"PUT", ofCard, changed(t, "billingAddress", address, set("srcClientId", otherClient)), 403, "PERMISSION_DENIED/INVALID_VALUE/X_OPEN_API_CLIENT_ID"},
		"a card of another service":       {"PUT", ofCard, changed(t, "billingAddress", address, set("serviceId", "A")), 403, "PERMISSION_DENIED/INVALID_VALUE/serviceId"},
		"an unknown card":                 {"PUT", cardsPath + "/" + unknown, changed(t, "billingAddress", address), 404, "NOT_FOUND/NOT_FOUND/srcDigitalCardId"},
		"a consumer without data":         {"PUT", ofConsumer, changed(t, "consumer", members{}), 400, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"a consumer without the member":   {"PUT", ofConsumer, changed(t, "x", 1), 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/consumer"},
		"an address that is no e-mail":    {"PUT", ofConsumer, changed(t, "consumer", members{"emailAddress": "ana"}), 400, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"a country in small letters":      {"PUT", ofConsumer, changed(t, "consumer", members{"countryCode": "cz"}), 400, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"a phone number without its code": {"PUT", ofConsumer, changed(t, "consumer", members{"mobileNumber": members{"phoneNumber": "1"}}), 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/consumer.mobileNumber.countryCode"},
		"a correlation id that is none":   {"PUT", ofConsumer, changed(t, "consumer", contact(), set("srcCorrelationId", "x")), 400, "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"an unknown consumer":             {"PUT", profilesPath + unknown, changed(t, "consumer", contact()), 404, "NOT_FOUND/NOT_FOUND/srcConsumerId"},
		"a consumer id that is too long":  {"DELETE", ofConsumer + "x" + query, nil, 400, "INVALID_ARGUMENT/null/consumerId"},
		"a consumer id with an escape":    {"DELETE", profilesPath + "a%2Fb" + query, nil, 400, "INVALID_ARGUMENT/INVALID_VALUE/consumerId"},
		"forgetting without a client":     {"DELETE", ofConsumer, nil, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/srcClientId"},
		"forgetting for another service":  {"DELETE", ofConsumer + "?srcClientId=" + srcClientID + "&serviceId=A", nil, 403, "PERMISSION_DENIED/INVALID_VALUE/serviceId"},
		"an unknown consumer to forget":   {"DELETE", profilesPath + unknown + query, nil, 404, "NOT_FOUND/NOT_FOUND/srcConsumerId"},
		"reading another service's":       {"GET", ofConsumer + "?srcClientId=" + srcClientID + "&serviceId=A", nil, 403, "PERMISSION_DENIED/INVALID_VALUE/serviceId"},
		"a directory that is another's":   {"GET", sandbox.BasePath + "/directories/dir-2/consumers/c-1" + query, nil, 404, "NOT_FOUND/NOT_FOUND/directoryId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, request{method: c.method, target: c.target, body: c.body})
			require.Equal(t, c.status, got.status, string(got.body))
			require.Equal(t, c.want, got.reasons(t))
		})
	}

	require.Zero(t, f.sandbox.Ledger().Totals().Updated+f.sandbox.Ledger().Totals().Forgotten)
}

// The gateway stands before these calls as before the others.
func TestChangesPassTheGateway(t *testing.T) {
	t.Parallel()

	f := setup(t)
	consumer, card := f.consumerOf(t, 1)

	for name, c := range map[string]struct {
		request request
		status  int
	}{
		"a stranger's signature": {request{method: "PUT", target: profilesPath + consumer, body: changed(t, "consumer", contact()), key: f.keys.stranger}, 403},
		"a body that was changed": {request{method: "PUT", target: profilesPath + consumer, body: changed(t, "consumer", contact()),
			sent: func(r *http.Request) { setBody(r, changed(t, "consumer", members{"firstName": "Eve"})) }}, 400},
		"no client id": {request{method: "DELETE", target: profilesPath + consumer + query,
			sent: func(r *http.Request) { r.Header.Del("X-Openapi-Clientid") }}, 500},
		"another media type": {request{method: "PUT", target: cardsPath + "/" + card, body: changed(t, "billingAddress", members{"city": "Brno"}),
			sent: func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }}, 415},
		"a method that is not served": {request{method: "POST", target: profilesPath + consumer, body: changed(t, "consumer", contact())}, 405},
		"a path that is not served":   {request{method: "DELETE", target: strings.TrimSuffix(profilesPath, "/") + query}, 404},
		"a path below":                {request{method: "GET", target: profilesPath + consumer + "/cards" + query}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.status, f.do(t, c.request).status)
		})
	}

	require.Zero(t, f.sandbox.Ledger().Totals().Updated+f.sandbox.Ledger().Totals().Forgotten)
}

func inDirectory(o *sandbox.Options) { o.Clients[0].Programs[0].DirectoryID = directory }

// A directory is keyed by the issuer's own keys, whatever these hold.
func TestADirectoryKeepsCardsByOwnKeys(t *testing.T) {
	t.Parallel()

	f := setup(t, inDirectory)
	own := func(consumer, card string) func(members) {
		return func(m members) { m["externalConsumerId"], m["externalCredentialId"] = consumer, card }
	}
	enroll := func(serial int, change ...func(members)) answer {
		return f.do(t, request{target: directoryAt + "/credentials", body: f.enrollment(t, cardOf(sandbox.PAN(0, serial)), change...)})
	}

	require.Equal(t, http.StatusOK, enroll(1, own("c/1", "k 1")).status)
	require.Equal(t, http.StatusOK, enroll(2, own("c/1", "k 2")).status)
	require.Equal(t, "INVALID_ARGUMENT/CANNOT_BE_NULL/externalConsumerId", enroll(3).reasons(t))
	require.Equal(t, "INVALID_ARGUMENT/null/externalCredentialId", enroll(3, own("c", strings.Repeat("k", 256))).reasons(t))

	at := directoryAt + "/consumers/c%2F1"
	require.Len(t, f.do(t, request{method: "GET", target: at + query}).profile(t).MaskedCards, 2)

	updated := f.do(t, request{method: "PUT", target: at + "/credentials/k%201", body: changed(t, "billingAddress", members{"city": "Brno"})})
	require.Contains(t, string(updated.body), `"maskedBillingAddress":{"city":"B***"}`)

	read := request{method: "GET", target: at + "/credentials/k%201" + query}
	require.Contains(t, string(f.do(t, read).body), `"maskedBillingAddress":{"city":"B***"}`)
	require.Equal(t, http.StatusOK, f.do(t, request{method: "DELETE", target: read.target + "&reason=OTHER&requestor=ISSUER"}).status)
	require.Equal(t, "NOT_FOUND/NOT_FOUND/srcDigitalCardId", f.do(t, read).reasons(t))

	require.Equal(t, "a*****w@example.com",
		f.do(t, request{method: "PUT", target: at, body: changed(t, "consumer", contact())}).profile(t).MaskedConsumer.MaskedEmailAddress)
	require.Equal(t, http.StatusOK, f.do(t, request{method: "DELETE", target: at + query}).status)
	require.Equal(t, "NOT_FOUND/NOT_FOUND/srcConsumerId", f.do(t, request{method: "GET", target: at + query}).reasons(t))
	require.Equal(t, "NOT_FOUND/NOT_FOUND/srcDigitalCardId",
		f.do(t, request{method: "GET", target: at + "/credentials/k%202" + query}).reasons(t), "the cards went with their consumer")
}
