package sandbox_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
	"enroll.example/clicktopay/pkg/pan"
)

func TestEnrollAnswersAsDescribed(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)
	card := cardOf(number)
	card["billingAddress"] = members{"line1": "1 Test St", "city": "St Louis", "countryCode": "US"}

	got := f.do(t, request{body: f.enrollment(t, card)})
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	requireSchema(t, "EnrollCardResponse", got.body)

	e := got.enrolled(t)
	require.Equal(t, number[:6], e.MaskedCard.PanBin)
	require.Equal(t, number[12:], e.MaskedCard.PanLastFour)
	require.Equal(t, "2026-11-23T12:00:00.000Z", e.MaskedCard.DateOfCardCreated)
	require.Equal(t, "a********e@example.com", e.MaskedConsumer.MaskedEmailAddress)
	require.Equal(t, "a********e@example.com", e.MaskedConsumer.MaskedConsumerIdentity.MaskedIdentityValue)
	require.Equal(t, "A**", e.MaskedConsumer.MaskedFirstName)
	require.Equal(t, "******0100", e.MaskedConsumer.MaskedMobileNumber.PhoneNumber)
	require.Contains(t, string(got.body), `{"city":"S* L****","countryCode":"US","line1":"1 T*** S*"}`)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	require.Equal(t, f.url+sandbox.BasePath, got.header.Get("X-Src-Response-Host"))
	require.NotEmpty(t, got.header.Get("X-Src-Cx-Flow-Id"))
	require.False(t, pan.Contains(string(got.body)), "nothing in an answer looks like a card number")
}

func requireSchema(t *testing.T, name string, body []byte) {
	t.Helper()

	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	require.NoError(t, err)
	require.NoError(t, document.Components.Schemas[name].Value.VisitJSON(unmarshal(t, body), openapi3.VisitAsResponse()))
}

func TestConsumersAreMasked(t *testing.T) {
	t.Parallel()

	f := setup(t)

	for name, c := range map[string]struct {
		kind, value, want string
	}{
		"an address":             {"EMAIL_ADDRESS", "ana.sample@example.com", "a********e@example.com"},
		"a short address":        {"EMAIL_ADDRESS", "an@example.com", "a*@example.com"},
		"an address that is not": {"EMAIL_ADDRESS", "ana", "a**"},
		"a number":               {"MOBILE_PHONE_NUMBER", "15555550100", "*******0100"},
		"a short number":         {"MOBILE_PHONE_NUMBER", "911", "911"},
		"an account":             {"EXTERNAL_ACCOUNT_ID", "Žižkov", "Ž*****"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, request{body: f.enrollment(t, cardOf(sandbox.PAN(0, 1)), func(b members) {
				b["consumer"] = members{"consumerIdentity": members{"identityType": c.kind, "identityValue": c.value}}
			})})
			require.Equal(t, c.want, got.enrolled(t).MaskedConsumer.MaskedConsumerIdentity.MaskedIdentityValue)
		})
	}
}

func TestEnrollCarriesWhatTheCallerSent(t *testing.T) {
	t.Parallel()

	f := setup(t)
	correlation := "4f339be7.7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001"

	got := f.do(t, request{
		body: f.enrollment(t, cardOf(sandbox.PAN(0, 1)), func(b members) { b["srcCorrelationId"] = correlation }),
		sent: func(r *http.Request) { r.Header.Set("X-Src-Cx-Flow-Id", "dc-2.abc#1") },
	})
	require.Equal(t, correlation, got.enrolled(t).SrcCorrelationID)
	require.Equal(t, "dc-2.abc#1", got.header.Get("X-Src-Cx-Flow-Id"))
}

func TestEnrollAgainKeepsTheIdentifiers(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)

	first, second := f.enroll(t, number).enrolled(t), f.enroll(t, number).enrolled(t)
	require.Equal(t, first.MaskedCard, second.MaskedCard)
	require.NotEqual(t, first.SrcCorrelationID, second.SrcCorrelationID)
	require.Equal(t, 2, f.sandbox.Ledger().Effects(number))

	other := f.enroll(t, sandbox.PAN(0, 2)).enrolled(t)
	require.NotEqual(t, first.MaskedCard.SrcDigitalCardID, other.MaskedCard.SrcDigitalCardID)
}

func TestEnrollAgainIsRefusedWhenConfigured(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) { o.ReEnroll = sandbox.AlreadyExists })
	number := sandbox.PAN(0, 1)

	f.enroll(t, number).enrolled(t)
	again := f.enroll(t, number)
	require.Equal(t, http.StatusBadRequest, again.status)
	require.Equal(t, "ALREADY_EXISTS/ALREADY_EXISTS/Card", again.reasons(t))
	require.Equal(t, 1, f.sandbox.Ledger().Effects(number))
}

func TestEnrollByPushAccountReceipt(t *testing.T) {
	t.Parallel()

	f := setup(t)
	refer := func(kind, id string) request {
		return request{body: f.enrollmentOf(t, "", func(b members) {
			delete(b, "encryptedCard")
			b["enrolmentReferenceData"] = members{"enrolmentReferenceType": kind, "enrolmentReferenceId": id}
		})}
	}

	receipt := "MCC-STL-8B3F5C1E-6D0E-4A39-9A6D-52B1D8F1C0DE"
	first := f.do(t, refer("PUSH_ACCOUNT_RECEIPT", receipt)).enrolled(t)
	second := f.do(t, refer("PUSH_ACCOUNT_RECEIPT", receipt)).enrolled(t)
	require.Equal(t, first.MaskedCard, second.MaskedCard)

	wrong := f.do(t, refer("PUSH_ACCOUNT_RECEIPT", "no receipt"))
	require.Equal(t, http.StatusBadRequest, wrong.status)
	require.Equal(t, "INVALID_ARGUMENT/INVALID_VALUE/Request body", wrong.reasons(t))

	token := f.do(t, refer("TOKEN_UNIQUE_REFERENCE", "DM4MMC0000"))
	require.Equal(t, http.StatusForbidden, token.status)
	require.Equal(t, "PERMISSION_DENIED/INVALID_VALUE/enrolmentReferenceData.enrolmentReferenceType", token.reasons(t))
}

func TestSecurityCodeIsToleratedAndNotKept(t *testing.T) {
	t.Parallel()

	f := setup(t)
	card := cardOf(sandbox.PAN(0, 1))
	card["cardSecurityCode"] = "987654" // the identifiers of an answer hold any three digits now and then

	got := f.do(t, request{body: f.enrollment(t, card)})
	require.Equal(t, http.StatusOK, got.status)
	require.NotContains(t, string(got.body), "987654")
}

func TestManyAtOnceAreCountedOnceEach(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(53, 7)
	bodies := make([]request, 24)

	for i := range bodies {
		bodies[i] = request{body: f.enrollment(t, cardOf(number))}
	}

	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		statuses = map[int]int{}
	)

	for _, r := range bodies {
		group.Go(func() {
			got, err := f.try(t, r)

			mu.Lock()
			defer mu.Unlock()

			if err == nil {
				statuses[got.status]++
			}
		})
	}

	group.Wait()
	require.Equal(t, map[int]int{http.StatusOK: 23, http.StatusServiceUnavailable: 1}, statuses)
	require.Equal(t, 23, f.sandbox.Ledger().Effects(number))
	require.Equal(t, 24, f.sandbox.Ledger().Card(number).Calls)
}

// Whoever searches files and tables for card numbers must not find identifiers of the sandbox.
func TestNothingGivenOutLooksLikeACardNumber(t *testing.T) {
	t.Parallel()

	f := setup(t)

	var all strings.Builder

	for i := range 40 {
		got := f.enroll(t, sandbox.PAN(0, i))
		all.Write(got.body)
		all.WriteString(got.header.Get("X-Src-Cx-Flow-Id") + "\n")
	}

	require.False(t, pan.Contains(all.String()))
	require.NotRegexp(t, `[0-9](?:[ -]?[0-9]){12}`, all.String())
}

func TestClientThatLeavesIsNotWaitedFor(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) { o.HungFor = 1 << 62 })
	number := sandbox.PAN(61, 1)
	ctx, leave := context.WithCancel(t.Context())

	defer leave()

	done := make(chan error, 1)
	built := f.build(t, request{body: f.enrollment(t, cardOf(number))}).WithContext(ctx)

	go func() {
		response, err := f.http.Do(built)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}()

	eventually.True(t, func() bool { return f.sandbox.Ledger().Effects(number) == 1 }, patience, tick)
	leave()
	require.ErrorIs(t, <-done, context.Canceled)
	// The server's Close, at cleanup, waits for the handler.
}
