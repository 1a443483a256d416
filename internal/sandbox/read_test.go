package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const query = "?srcClientId=" + srcClientID + "&serviceId=ISSUER%23DEMO%2301"

func TestReadAndDeleteACard(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)
	card := f.enroll(t, number).enrolled(t).MaskedCard
	get := request{method: http.MethodGet, target: cardsPath + "/" + card.SrcDigitalCardID + query}
	remove := request{method: http.MethodDelete, target: get.target + "&reason=ACCOUNT_CLOSED&requestor=ISSUER"}

	read := f.do(t, get)
	requireSchema(t, "GetCardResponse", read.body)
	require.Equal(t, card, read.enrolled(t).MaskedCard)

	deleted := f.do(t, remove)
	require.Equal(t, http.StatusOK, deleted.status, string(deleted.body))

	var answer map[string]string
	require.NoError(t, json.Unmarshal(deleted.body, &answer))
	require.NotEmpty(t, answer["srcCorrelationId"])

	gone := f.do(t, get)
	require.Equal(t, http.StatusNotFound, gone.status)
	require.Equal(t, "NOT_FOUND/NOT_FOUND/srcDigitalCardId", gone.reasons(t))
	require.Contains(t, string(gone.body), `"sourceType":"PATH"`)

	again := f.do(t, remove)
	require.Equal(t, http.StatusNotFound, again.status)
	require.Contains(t, string(again.body), `"errordetail":null`)
	require.Contains(t, string(again.body), "Card not found")

	require.Equal(t, card, f.enroll(t, number).enrolled(t).MaskedCard, "a deleted card comes back under its name")
	require.Equal(t, 1, f.sandbox.Ledger().Totals().Deleted)
}

func TestCardRequestsAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	id := f.enroll(t, sandbox.PAN(0, 1)).enrolled(t).MaskedCard.SrcDigitalCardID
	other := "?srcClientId=" + otherClient + "&serviceId=ISSUER%23DEMO%2301"

	for name, c := range map[string]struct {
		method, target string
		status         int
		want           string
	}{
		"no query":         {"GET", id, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/srcClientId"},
		"no service id":    {"DELETE", id + "?srcClientId=" + srcClientID, 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/serviceId"},
		"an empty service": {"GET", id + "?srcClientId=" + srcClientID + "&serviceId=", 400, "INVALID_ARGUMENT/CANNOT_BE_NULL/serviceId"},
		"a client id of another form": {
			"GET", id + "?serviceId=A&srcClientId=" + strings.ToUpper(srcClientID), 400, "INVALID_ARGUMENT/INVALID_VALUE/srcClientId",
		},
		"a service id too long": {
			"GET", id + "?srcClientId=" + srcClientID + "&serviceId=" + strings.Repeat("a", 256), 400, "INVALID_ARGUMENT/null/serviceId",
		},
		"a service id of other characters": {
			"GET", id + "?srcClientId=" + srcClientID + "&serviceId=a%20b", 400, "INVALID_ARGUMENT/INVALID_VALUE/serviceId",
		},
		"a card id too long":         {"GET", id + "x" + query, 400, "INVALID_ARGUMENT/null/cardId"},
		"a card id with an escape":   {"GET", url.PathEscape("a/b") + query, 400, "INVALID_ARGUMENT/INVALID_VALUE/cardId"},
		"an unknown reason":          {"DELETE", id + query + "&reason=BORED", 400, "INVALID_ARGUMENT/INVALID_VALUE/reason"},
		"an unknown requestor":       {"DELETE", id + query + "&requestor=ME", 400, "INVALID_ARGUMENT/INVALID_VALUE/requestor"},
		"a transaction id too long":  {"GET", id + query + "&srciTransactionId=" + strings.Repeat("a", 256), 400, "INVALID_ARGUMENT/null/srciTransactionId"},
		"a correlation id not one":   {"GET", id + query + "&srcCorrelationId=x", 400, "INVALID_ARGUMENT/INVALID_VALUE/srcCorrelationId"},
		"a flag that is none":        {"GET", id + query + "&tokenRequested=maybe", 400, "INVALID_ARGUMENT/INVALID_VALUE/tokenRequested"},
		"the token, without a key":   {"GET", id + query + "&tokenRequested=true", 403, "PERMISSION_DENIED/NOT_FOUND/srcClientId"},
		"another's client id":        {"DELETE", id + other, 403, "PERMISSION_DENIED/INVALID_VALUE/X_OPEN_API_CLIENT_ID"},
		"a service that is not ours": {"GET", id + "?srcClientId=" + srcClientID + "&serviceId=A", 403, "PERMISSION_DENIED/INVALID_VALUE/serviceId"},
		"an unknown card":            {"GET", "00000000-0000-4000-8000-000000000000" + query, 404, "NOT_FOUND/NOT_FOUND/srcDigitalCardId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, request{method: c.method, target: cardsPath + "/" + c.target})
			require.Equal(t, c.status, got.status, string(got.body))
			require.Equal(t, c.want, got.reasons(t))
		})
	}
}

func TestAnotherClientsCardIsNotFound(t *testing.T) {
	t.Parallel()

	f := setup(t)
	id := f.enroll(t, sandbox.PAN(0, 1)).enrolled(t).MaskedCard.SrcDigitalCardID
	target := cardsPath + "/" + id + "?srcClientId=" + otherClient + "&serviceId=ISSUER%23DEMO%2301"
	asOther := request{target: target, key: f.keys.stranger, parameter: with("oauth_consumer_key", otherKey)}

	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		asOther.method = method
		require.Equal(t, http.StatusNotFound, f.do(t, asOther).status)
	}
}
