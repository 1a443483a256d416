package mastercard_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

const cardID = "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de"

// verifying checks what is sent as a gateway would, and answers.
func verifying(tb testing.TB, sent **http.Request, body string) roundTripper {
	tb.Helper()

	return func(request *http.Request) (*http.Response, error) {
		content, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}

		_, err = verifyOAuth(request.Method, request.URL.Scheme, request.URL.Host, request.URL.RequestURI(),
			request.Header.Get("Authorization"), content, &signingRSA().PublicKey)
		if err != nil {
			tb.Errorf("%s: %v", request.URL, err)
		}
		*sent = request

		return answering(200, body)(request)
	}
}

func TestReadCard(t *testing.T) {
	t.Parallel()

	var sent *http.Request

	client := newClient(t, through(verifying(t, &sent, enrolled)))
	answer := client.ReadCard(t.Context(), mastercard.ReadRequest{
		SrcDigitalCardID: cardID,
		SrcClientID:      srcClientID,
		ServiceID:        serviceID,
		SrcCorrelationID: "4f339be7.7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001",
		FlowID:           "flow-1",
	})

	require.Equal(t, mastercard.Enrolled, answer.Verdict)
	require.Equal(t, "ACTIVE", answer.Card.DigitalCardData.Status)
	require.Equal(t, cardID, answer.SrcDigitalCardID)
	require.Equal(t, http.MethodGet, sent.Method)
	require.Equal(t, "flow-1", sent.Header.Get("X-Src-Cx-Flow-Id"))
	require.Equal(t, mastercard.Sandbox+"/cards/"+cardID+"?srcClientId="+srcClientID+
		"&serviceId=ISSUER%23DEMO%2301&srcCorrelationId=4f339be7.7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001", sent.URL.String())
}

func TestUnenroll(t *testing.T) {
	t.Parallel()

	var sent *http.Request

	client := newClient(t, through(verifying(t, &sent, `{"srcCorrelationId":"7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001"}`)))
	answer := client.Unenroll(t.Context(), mastercard.UnenrollRequest{
		SrcDigitalCardID: cardID,
		SrcClientID:      srcClientID,
		ServiceID:        serviceID,
		Reason:           mastercard.DeleteReasonAccountClosed,
		Requestor:        mastercard.DeleteRequestorIssuer,
	})

	require.Equal(t, mastercard.Unenrolled, answer.Verdict)
	require.Zero(t, answer.Failure)
	require.Equal(t, "7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001", answer.SrcCorrelationID)
	require.Equal(t, http.MethodDelete, sent.Method)
	require.Equal(t, mastercard.Sandbox+"/cards/"+cardID+"?srcClientId="+srcClientID+
		"&serviceId=ISSUER%23DEMO%2301&reason=ACCOUNT_CLOSED&requestor=ISSUER", sent.URL.String())
}

func TestVerdictsOfCards(t *testing.T) {
	t.Parallel()

	notFound := `{"status":404,"reason":"NOT_FOUND","message":"Card not found","errordetail":null}`

	for name, c := range map[string]struct {
		status           int
		body             string
		reading, leaving mastercard.Verdict
	}{
		"no such card":        {404, notFound, mastercard.NotEnrolled, mastercard.NotEnrolled},
		"no such path":        {404, "<html>", mastercard.Retry, mastercard.Retry},
		"an empty success":    {200, "", mastercard.Retry, mastercard.Unknown},
		"a success of nobody": {200, `{"message":"welcome"}`, mastercard.Retry, mastercard.Unknown},
		"a success, no JSON":  {200, "<html>", mastercard.Retry, mastercard.Unknown},
		"a success of errors": {200, notFound, mastercard.Retry, mastercard.Unknown},
		"a list":              {200, "[]", mastercard.Retry, mastercard.Unknown},
		"no content":          {204, "", mastercard.Retry, mastercard.Unenrolled},
		"a deadline":          {504, "", mastercard.Retry, mastercard.Unknown},
		"throttled":           {429, "", mastercard.Throttled, mastercard.Throttled},
		"credentials": {
			401, `{"Errors":{"Error":[{"ReasonCode":"DECLINED","Source":"Gateway"}]}}`, mastercard.Halted, mastercard.Halted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(c.status, c.body)))
			reading := client.ReadCard(t.Context(), mastercard.ReadRequest{SrcDigitalCardID: cardID, SrcClientID: srcClientID, ServiceID: serviceID})
			leaving := client.Unenroll(t.Context(), mastercard.UnenrollRequest{SrcDigitalCardID: cardID, SrcClientID: srcClientID, ServiceID: serviceID})

			require.Equal(t, c.reading, reading.Verdict)
			require.Equal(t, c.leaving, leaving.Verdict)
		})
	}
}

func TestCardIDsThatWouldBeAnotherPath(t *testing.T) {
	t.Parallel()

	client := newClient(t, through(roundTripper(nil)))

	for _, id := range []string{"", ".", "..", testPAN, "a\nb", "ü", strings.Repeat("a", 256)} {
		answer := client.Unenroll(t.Context(), mastercard.UnenrollRequest{SrcDigitalCardID: id, SrcClientID: srcClientID, ServiceID: serviceID})
		require.Equal(t, mastercard.Rejected, answer.Verdict, "%q", id)
		require.Equal(t, "srcDigitalCardId", answer.Failure.Field)
		require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
	}
}

func TestEnrollByReference(t *testing.T) {
	t.Parallel()

	var sent []byte

	client := newClient(t, through(roundTripper(func(request *http.Request) (*http.Response, error) {
		sent, _ = io.ReadAll(request.Body)
		return answering(200, enrolled)(request)
	})))

	request := enrollRequest()
	request.Reference = &mastercard.EnrolmentReferenceData{
		EnrolmentReferenceID:   "MCC-STL-13F0CBF0-A731-485E-B64E-DF3F4CF02758",
		EnrolmentReferenceType: mastercard.EnrolmentReferenceTypePushAccountReceipt,
	}
	require.Equal(t, mastercard.Rejected, client.Enroll(t.Context(), request).Verdict, "with a card beside it")

	request.Card = mastercard.Card{}
	require.Equal(t, mastercard.Enrolled, client.Enroll(t.Context(), request).Verdict)

	var body mastercard.EnrollCardRequest
	require.NoError(t, json.Unmarshal(sent, &body))
	require.Equal(t, request.Reference, body.EnrolmentReferenceData)
	require.Empty(t, body.EncryptedCard)
}

// The signing library signs some URLs differently from what is sent: more than eight query names of which one needs
// encoding, bytes encoded in part or not as upper-case %XX, "+" and ";" in the query. Whatever the ids are, the URLs
// that are built here are not among those.
func FuzzSignedURLs(f *testing.F) {
	f.Add("8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", "ISSUER#DEMO#01", "a b+c;d&e=f%20g", true)
	f.Add("a/b?c#d%2Fe", "#", "é\xff\x00%7E~%zz[x]|\"", false)
	f.Add("%", "_", "=", true)

	encoded := regexp.MustCompile(`^([A-Za-z0-9._~/?&=-]|%[0-9A-F]{2})*$`)

	f.Fuzz(func(t *testing.T, id, service, other string, read bool) {
		var sent *http.Request

		caller := newClient(t, through(verifying(t, &sent, "")))

		if read {
			caller.ReadCard(t.Context(), mastercard.ReadRequest{
				SrcDigitalCardID: id, SrcClientID: srcClientID, ServiceID: service,
				SrcDpaID: other, SrcCorrelationID: other, KeyFingerprintID: other, SrciTransactionID: other,
			})
		} else {
			caller.Unenroll(t.Context(), mastercard.UnenrollRequest{
				SrcDigitalCardID: id, SrcClientID: srcClientID, ServiceID: service, SrcDpaID: other, SrcCorrelationID: other,
				SrciTransactionID: other, Reason: mastercard.DeleteReason(other), Requestor: mastercard.DeleteRequestor(other),
			})
		}

		if sent == nil {
			return // an id or service that cannot be one
		}

		target := sent.URL.RequestURI()
		if !encoded.MatchString(target) {
			t.Fatalf("not encoded in the one way: %s", target)
		}

		query, err := url.ParseQuery(sent.URL.RawQuery)
		if err != nil || len(query) > 8 || query.Get("serviceId") != service {
			t.Fatalf("%v: %s", err, target)
		}
		if path := "/src/api/digital/payments/cards/" + id; sent.URL.Path != path {
			t.Fatalf("path %q instead of %q", sent.URL.Path, path)
		}
	})
}
