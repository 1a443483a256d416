package mastercard_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

const consumerID = "13f0cbf0-a731-485e-b64e-df3f4cf02758"

func readCardRequest() mastercard.ReadRequest {
	return mastercard.ReadRequest{SrcDigitalCardID: cardID, SrcClientID: srcClientID, ServiceID: serviceID}
}

func updateCardRequest() mastercard.UpdateCardRequest {
	return mastercard.UpdateCardRequest{
		SrcDigitalCardID: cardID, SrcClientID: srcClientID, ServiceID: serviceID,
		BillingAddress: mastercard.Address{Line1: "2 Test St", City: "Brno", CountryCode: "CZ"},
	}
}

func updateConsumerRequest() mastercard.UpdateConsumerRequest {
	return mastercard.UpdateConsumerRequest{
		SrcConsumerID: consumerID, SrcClientID: srcClientID, ServiceID: serviceID,
		Consumer: mastercard.Consumer{
			EmailAddress: "ana.new@example.com", FirstName: "Ana",
			MobileNumber: &mastercard.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
		},
	}
}

func forgetRequest() mastercard.ForgetRequest {
	return mastercard.ForgetRequest{SrcConsumerID: consumerID, SrcClientID: srcClientID, ServiceID: serviceID}
}

// sending keeps what is sent, after it was checked as a gateway would.
func sending(tb testing.TB, sent **http.Request, body *[]byte, answer string) roundTripper {
	tb.Helper()

	return func(request *http.Request) (*http.Response, error) {
		content, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}

		*body = content
		request.Body = io.NopCloser(strings.NewReader(string(content)))

		return verifying(tb, sent, answer)(request)
	}
}

func TestUpdateCard(t *testing.T) {
	t.Parallel()

	var (
		sent *http.Request
		body []byte
	)

	client := newClient(t, through(sending(t, &sent, &body, `{"srcCorrelationId":"c-1","maskedCard":{"srcDigitalCardId":"`+cardID+`"}}`)))
	request := updateCardRequest()
	request.FlowID, request.SrcCorrelationID = "flow-1", "7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001"
	answer := client.UpdateCard(t.Context(), request)

	require.Equal(t, mastercard.Updated, answer.Verdict, answer)
	require.Zero(t, answer.Failure)
	require.Equal(t, "c-1", answer.SrcCorrelationID)
	require.Equal(t, http.MethodPut, sent.Method)
	require.Equal(t, "flow-1", sent.Header.Get("X-Src-Cx-Flow-Id"))
	require.Equal(t, mastercard.Sandbox+"/cards/"+cardID, sent.URL.String())
	require.JSONEq(t, `{"srcClientId":"`+srcClientID+`","serviceId":"`+serviceID+`","srcCorrelationId":"7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001",
		"billingAddress":{"line1":"2 Test St","city":"Brno","countryCode":"CZ"}}`, string(body))
}

func TestUpdateConsumer(t *testing.T) {
	t.Parallel()

	var (
		sent *http.Request
		body []byte
	)

	client := newClient(t, through(sending(t, &sent, &body, `{"maskedConsumer":{"srcConsumerId":"`+consumerID+`"}}`)))
	answer := client.UpdateConsumer(t.Context(), updateConsumerRequest())

	require.Equal(t, mastercard.Updated, answer.Verdict, answer)
	require.Equal(t, http.MethodPut, sent.Method)
	require.Equal(t, mastercard.Sandbox+"/profiles/"+consumerID, sent.URL.String())
	require.JSONEq(t, `{"srcClientId":"`+srcClientID+`","serviceId":"`+serviceID+`","consumer":{"emailAddress":"ana.new@example.com",
		"mobileNumber":{"countryCode":"420","phoneNumber":"700000000"},"firstName":"Ana"}}`, string(body))
}

// What the API says of a change may repeat it. That is for no row, no event and no log.
func TestNoAnswerRepeatsWhoIsChanged(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"an error that quotes it": {
			400, `{"status":400,"reason":"INVALID_ARGUMENT","message":"ANA.new@example.com, +420700000000, Ana and 2 TEST ST are refused"}`,
		},
		"a success of a shape that is not known": {
			200, `{"profile":{"mail":"ana.new@example.com","phone":"700000000","name":"Ana","line1":"2 Test St"}}`,
		},
		"somebody else": {502, `<html>PUT ana.new@example.com 700000000 Ana 2 Test St</html>`},
		"at the end of what is kept": {
			400, `{"status":400,"reason":"INVALID_ARGUMENT","message":"` + strings.Repeat("x", 490) + ` ana.new@example.com"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(c.status, c.body)))

			consumer := client.UpdateConsumer(t.Context(), updateConsumerRequest())
			require.NotEqual(t, mastercard.Updated, consumer.Verdict)
			require.Contains(t, consumer.Failure.Message, "***")
			require.NotRegexp(t, `(?i)\bana\b|700000000`, fmt.Sprintf("%+v", consumer))

			card := client.UpdateCard(t.Context(), updateCardRequest())
			require.NotEqual(t, mastercard.Updated, card.Verdict)
			require.NotRegexp(t, `(?i)2 test st`, fmt.Sprintf("%+v", card))
		})
	}
}

func TestForget(t *testing.T) {
	t.Parallel()

	var (
		sent *http.Request
		body []byte
	)

	client := newClient(t, through(sending(t, &sent, &body, `{"srcCorrelationId":"c-1"}`)))
	answer := client.Forget(t.Context(), forgetRequest())

	require.Equal(t, mastercard.Forgotten, answer.Verdict, answer)
	require.Equal(t, http.MethodDelete, sent.Method)
	require.Empty(t, body)
	require.Equal(t, mastercard.Sandbox+"/profiles/"+consumerID+"?srcClientId="+srcClientID+"&serviceId=ISSUER%23DEMO%2301", sent.URL.String())
}

// What the API says of an enrollment names nobody, also not by a part of what it got; what it names of the request stays.
func TestARefusalOfAnEnrollmentNamesNobody(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		holder, line1 string
		said, kept    mastercard.Failure
	}{
		"a word of the name": {
			holder: "Ana Maria Sample", said: mastercard.Failure{Message: "SAMPLE, Maria is not known"},
			kept: mastercard.Failure{Message: "***, *** is not known"},
		},
		"an address with the name in it": {
			holder: "Ana Sample", line1: "12 Sample Street", said: mastercard.Failure{Message: "no such address: 12 Sample Street"},
			kept: mastercard.Failure{Message: "no such address: ***"},
		},
		"a code and a member with a word of the name": {
			holder: "Account Card",
			said:   mastercard.Failure{Reason: "ACCOUNT_INELIGIBLE", Field: "card.expiry", Message: "the account of Account Card"},
			kept:   mastercard.Failure{Reason: "ACCOUNT_INELIGIBLE", Field: "card.expiry", Message: "the *** of ***"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			card := mastercard.Card{CardholderFullName: c.holder, BillingAddress: &mastercard.Address{Line1: c.line1}}
			kept := mastercard.RecordResult{Failure: c.said}.WithoutPersonal(card, mastercard.Consumer{})
			require.Equal(t, c.kept, kept.Failure)
		})
	}
}

// The consumer's id comes with the enrollment of a card, and names them later.
func TestAnEnrollmentTellsItsConsumer(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ id, want string }{
		"an id":                  {consumerID, consumerID},
		"none":                   {"", ""},
		"a card number":          {testPAN, ""},
		"an id with the number":  {"c-" + testPAN, ""},
		"an id with a control":   {`c\u0000`, ""},
		"an id that is too long": {strings.Repeat("c", 256), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(200, strings.Replace(enrolled, consumerID, c.id, 1))))
			answer := client.Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Enrolled, answer.Verdict)
			require.Equal(t, c.want, answer.SrcConsumerID)
		})
	}
}

func TestVerdictsOfChanges(t *testing.T) {
	t.Parallel()

	notFound := `{"status":404,"reason":"NOT_FOUND","message":"not found","errordetail":null}`
	declined := `{"Errors":{"Error":[{"ReasonCode":"DECLINED","Source":"Gateway"}]}}`
	ofCard := func(id string) string {
		return `{"srcCorrelationId":"c","maskedCard":{"srcDigitalCardId":"` + id + `"}}`
	}
	ofConsumer := func(id string) string {
		return `{"srcCorrelationId":"c","maskedConsumer":{"srcConsumerId":"` + id + `"}}`
	}
	all := func(v mastercard.Verdict) [3]mastercard.Verdict { return [3]mastercard.Verdict{v, v, v} }

	for name, c := range map[string]struct {
		status int
		body   string
		want   [3]mastercard.Verdict // of a card, of a consumer, of one to be forgotten
	}{
		"a confirmation":         {200, `{"srcCorrelationId":"c"}`, [3]mastercard.Verdict{mastercard.Updated, mastercard.Updated, mastercard.Forgotten}},
		"no content":             {204, "", [3]mastercard.Verdict{mastercard.Updated, mastercard.Updated, mastercard.Forgotten}},
		"another card":           {200, ofCard("x-1"), [3]mastercard.Verdict{mastercard.Unknown, mastercard.Updated, mastercard.Forgotten}},
		"another consumer":       {200, ofConsumer("x-1"), [3]mastercard.Verdict{mastercard.Updated, mastercard.Unknown, mastercard.Forgotten}},
		"nothing there":          {404, notFound, all(mastercard.NotEnrolled)},
		"no such path":           {404, "<html>", all(mastercard.Retry)},
		"no such method":         {405, "<html>", all(mastercard.Halted)},
		"an empty success":       {200, "", all(mastercard.Unknown)},
		"a success of nobody":    {200, `{"message":"welcome"}`, all(mastercard.Unknown)},
		"a success, no JSON":     {200, "<html>", all(mastercard.Unknown)},
		"a success of errors":    {200, `{"srcCorrelationId":"c","errors":[{"source":"x","reasonCode":"Y"}]}`, all(mastercard.Unknown)},
		"a refusal as a success": {200, notFound, all(mastercard.Unknown)},
		"a list":                 {200, "[]", all(mastercard.Unknown)},
		"a deadline":             {504, "", all(mastercard.Unknown)},
		"throttled":              {429, "", all(mastercard.Throttled)},
		"an outage":              {503, "", all(mastercard.Retry)},
		"credentials":            {401, declined, all(mastercard.Halted)},
		"a value":                {400, serviceError("INVALID_ARGUMENT", `[{"reason":"INVALID_VALUE","source":"x"}]`), all(mastercard.Rejected)},
		"locked":                 {400, serviceError("LOCKED", `null`), all(mastercard.Rejected)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(c.status, c.body)))
			require.Equal(t, c.want, [3]mastercard.Verdict{
				client.UpdateCard(t.Context(), updateCardRequest()).Verdict,
				client.UpdateConsumer(t.Context(), updateConsumerRequest()).Verdict,
				client.Forget(t.Context(), forgetRequest()).Verdict,
			})
		})
	}
}

func TestACardThatIsAnotherIsNotShown(t *testing.T) {
	t.Parallel()

	client := newClient(t, through(answering(200, strings.Replace(enrolled, cardID, "another", 1))))
	answer := client.ReadCard(t.Context(), readCardRequest())
	require.Equal(t, mastercard.Retry, answer.Verdict)
	require.Equal(t, mastercard.DetailOtherCard, answer.Failure.Detail)
	require.Nil(t, answer.Card)
	require.Empty(t, answer.SrcDigitalCardID)
}

func TestConsumerIDsThatWouldBeAnotherPath(t *testing.T) {
	t.Parallel()

	client := newClient(t, through(roundTripper(nil)))

	for _, id := range []string{"", ".", "..", testPAN, "a\nb", "ü", strings.Repeat("a", 256)} {
		forget, update := forgetRequest(), updateConsumerRequest()
		forget.SrcConsumerID, update.SrcConsumerID = id, id

		for _, answer := range []mastercard.Answer{client.Forget(t.Context(), forget), client.UpdateConsumer(t.Context(), update)} {
			require.Equal(t, mastercard.Rejected, answer.Verdict, "%q", id)
			require.Equal(t, "srcConsumerId", answer.Failure.Field)
			require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
		}
	}
}

// directory gives the client the profile of the directory.
func directory(tb testing.TB) func(*mastercard.Config) {
	tb.Helper()

	described, err := profile.BuiltIn(profile.NameDirectory)
	require.NoError(tb, err)

	return func(c *mastercard.Config) { c.Profiles = []*profile.Profile{described} }
}

// In a directory cards and consumers are named by the issuer's own keys, whatever these hold.
func TestADirectoryIsKeyedByOwnKeys(t *testing.T) {
	t.Parallel()

	var (
		sent *http.Request
		body []byte
	)

	const at = "/directories/dir-1/consumers/c%2F1"

	client := newClient(t, through(sending(t, &sent, &body, `{"srcCorrelationId":"c-1"}`)), directory(t))
	own := func() (name, dir, consumer, card string) { return profile.NameDirectory, "dir-1", "c/1", "k 1" }

	update := updateCardRequest()
	update.SrcDigitalCardID = ""
	update.Profile, update.DirectoryID, update.ExternalConsumerID, update.ExternalCardID = own()
	require.Equal(t, mastercard.Updated, client.UpdateCard(t.Context(), update).Verdict)
	require.Equal(t, mastercard.Sandbox+at+"/credentials/k%201", sent.URL.String())
	require.Contains(t, string(body), `"line1":"2 Test St"`)

	unenroll := mastercard.UnenrollRequest{SrcClientID: srcClientID, ServiceID: serviceID}
	unenroll.Profile, unenroll.DirectoryID, unenroll.ExternalConsumerID, unenroll.ExternalCardID = own()
	require.Equal(t, mastercard.Unenrolled, client.Unenroll(t.Context(), unenroll).Verdict)
	require.Contains(t, sent.URL.String(), at+"/credentials/k%201?")

	contact := updateConsumerRequest()
	contact.SrcConsumerID = ""
	contact.Profile, contact.DirectoryID, contact.ExternalConsumerID, _ = own()
	require.Equal(t, mastercard.Updated, client.UpdateConsumer(t.Context(), contact).Verdict)
	require.Equal(t, mastercard.Sandbox+at, sent.URL.String())

	forget := forgetRequest()
	forget.SrcConsumerID = ""
	forget.Profile, forget.DirectoryID, forget.ExternalConsumerID, _ = own()
	require.Equal(t, mastercard.Forgotten, client.Forget(t.Context(), forget).Verdict)

	forget.ExternalConsumerID = ".."
	answer := client.Forget(t.Context(), forget)
	require.Equal(t, mastercard.Rejected, answer.Verdict, "it would be another path")
	require.Equal(t, "externalConsumerId", answer.Failure.Field)
}

// A profile may say that a change is encrypted, as the pages on the newer APIs suggest without a word on how.
func TestAProfileMayHaveAChangeEncrypted(t *testing.T) {
	t.Parallel()

	described, err := profile.Parse([]byte(`{"name":"ours","about":"x","operations":[{"name":"update_card","method":"PUT","path":"/cards/{id}",
		"mark":"unknown","path_values":[{"path":"id","from":"card.id","required":true,"mark":"unknown"}],
		"encrypted":{"member":"encryptedAddress","mark":"unknown","members":[{"path":"line1","from":"card.billing.line1","mark":"unknown"}]},
		"statuses":[{"status":200,"verdict":"updated","mark":"unknown"}]}]}`))
	require.NoError(t, err)

	var (
		sent *http.Request
		body []byte
	)

	client := newClient(t, through(sending(t, &sent, &body, `{"srcCorrelationId":"c"}`)),
		func(c *mastercard.Config) { c.Profiles = []*profile.Profile{described} })
	request := updateCardRequest()
	request.Profile = "ours"
	client.UpdateCard(t.Context(), request)

	var members map[string]string

	require.NoError(t, json.Unmarshal(body, &members))
	require.Equal(t, 4, strings.Count(members["encryptedAddress"], "."), string(body))
	require.NotContains(t, string(body), "2 Test St")
}
