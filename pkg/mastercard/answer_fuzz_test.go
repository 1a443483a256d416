package mastercard_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// Whatever comes back, a call ends in one of the verdicts, and nothing of the PAN comes with it.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "application/json", "", "", "flow", enrolled, false)
	f.Add(200, "application/json", "", "", "flow", enrolled, true)
	f.Add(400, "application/json", "", "", "", serviceError("INVALID_STATE", `[{"reason":"ISSUER_DECLINED","source":"Card"}]`), false)
	f.Add(403, "text/json", "", "7", "", gatewayError("AUTHENTICATION_FAILED", testPAN, "false"), false)
	f.Add(429, "", "", "Fri, 31 Dec 2100 23:59:59 GMT", "", `{"error":{"reason":"X","details":null}}`, false)
	f.Add(502, "text/html", "", "-1", "\x00", "<html>5204 7316-0001 4784</html>", false)
	f.Add(400, "application/json", "", "", "", serviceError("INVALID_STATE", `[{"reason":"５２０４&nbsp;7316%200001&#x20;4784"}]`), false)
	f.Add(101, "", "", "", "", "", false)
	f.Add(500, "application/json", "", "", "", `{"code":"-32603","errors":[{"source":"Validation","reasonCode":"clientid.invalid",`+
		`"description":"ClientID not provisioned.","recoverable":false}],"message":"Internal Error"}`, false)
	f.Add(400, "application/json", "", "", "", `{"errors":[{"source":"MDES","reasonCode":"X","description":"5204731600014784","recoverable":"no"},7]}`, false)
	f.Add(200, "application/json", "gzip", "", "", gzipped(enrolled), false)
	f.Add(400, "application/json; charset=utf-16", "deflate", "", "", zlibbed("\xff\xfe{\x00}\x00"), false)
	f.Add(400, "text/xml", "", "", "", "<Errors><Error><ReasonCode>ALREADY_EXISTS</ReasonCode></Error></Errors>", false)

	var answer http.Response

	client := newClient(f, through(roundTripper(func(*http.Request) (*http.Response, error) {
		copied := answer
		return &copied, nil
	})))

	f.Fuzz(func(t *testing.T, status int, contentType, coding, retryAfter, flowID, body string, broken bool) {
		content := io.Reader(strings.NewReader(body))
		if broken {
			content = io.MultiReader(content, failing{})
		}

		answer = http.Response{
			StatusCode: status,
			Header: http.Header{
				"Content-Type": {contentType}, "Content-Encoding": {coding}, "Retry-After": {retryAfter}, "X-Src-Cx-Flow-Id": {flowID},
			},
			Body: io.NopCloser(content),
		}

		got := client.Enroll(t.Context(), enrollRequest())
		shown := fmt.Sprintf("%+v %+v %v", got, got.Card, got.Err)

		switch {
		case !got.Verdict.Valid():
			t.Fatalf("verdict %q", got.Verdict)
		case got.Verdict != mastercard.Enrolled && got.SrcDigitalCardID != "":
			t.Fatalf("%s with the card %q", got.Verdict, got.SrcDigitalCardID)
		case got.Verdict == mastercard.Enrolled && (status/100 != 2 || broken):
			t.Fatalf("enrolled by HTTP %d", status)
		case (got.Verdict == mastercard.Rejected || got.Verdict == mastercard.AlreadyEnrolled) &&
			(got.Failure.Source != mastercard.SourceService || status/100 != 4 || broken):
			t.Fatalf("%s by HTTP %d: %+v", got.Verdict, status, got.Failure)
		case utf8.RuneCountInString(got.FirstLine) > 200:
			t.Fatal("a line without end")
		case got.RetryAfter < 0 || got.RetryAfter > time.Hour:
			t.Fatalf("retry after %s", got.RetryAfter)
		case pan.Unchecked(testPAN).In(shown):
			t.Fatal("the PAN is in the answer")
		case !utf8.ValidString(shown) || strings.ContainsRune(shown, 0):
			t.Fatal("not fit to be kept")
		case utf8.RuneCountInString(got.Failure.Message) > 500:
			t.Fatal("a message without end")
		}
	})
}

// Whatever comes back to the question for a card, and to a change, it ends in one of the verdicts, and nothing of another card or
// consumer, and no card number, comes with it.
func FuzzLifecycleAnswer(f *testing.F) {
	f.Add(200, enrolled)
	f.Add(200, strings.Replace(enrolled, cardID, "another-card", 1))
	f.Add(200, `{"maskedCard":{"srcDigitalCardId":["x"],"panBin":520473,"digitalCardData":{"status":{},"pendingEvents":"x"}}}`)
	f.Add(200, `{"maskedCard":[{"srcDigitalCardId":"x"}],"srcCorrelationId":5204731600014784}`)
	f.Add(200, `{"maskedCard":{"srcDigitalCardId":"5204731600014784","panLastFour":"5204731600014784"}}`)
	f.Add(200, `{"MASKEDCARD":{"srcDigitalCardId":"x"},"errors":[{"reasonCode":"X"}]}`)
	f.Add(200, `{"srcCorrelationId":"c","maskedConsumer":{"srcConsumerId":"`+consumerID+`"}}`)
	f.Add(204, "")
	f.Add(404, `{"status":404,"reason":"NOT_FOUND","message":"5204731600014784","errordetail":null}`)

	var answer http.Response

	client := newClient(f, through(roundTripper(func(*http.Request) (*http.Response, error) {
		copied := answer
		return &copied, nil
	})))

	f.Fuzz(func(t *testing.T, status int, body string) {
		ask := func(call func() mastercard.Answer) mastercard.Answer {
			answer = http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
			return call()
		}

		read := ask(func() mastercard.Answer { return client.ReadCard(t.Context(), readCardRequest()) })
		if (read.Verdict == mastercard.Enrolled) != (read.Card != nil) || read.Verdict == mastercard.Enrolled && status/100 != 2 ||
			read.Verdict == mastercard.Unknown && status/100 == 2 {
			t.Fatalf("%s by HTTP %d with %+v", read.Verdict, status, read.Card)
		}

		if read.Card != nil && (read.SrcDigitalCardID != cardID || len(read.Card.DigitalCardData.PendingEvents) > 10) {
			t.Fatalf("of another card, or without end: %+v", read.Card)
		}

		for _, got := range []mastercard.Answer{
			read,
			ask(func() mastercard.Answer { return client.UpdateCard(t.Context(), updateCardRequest()) }),
			ask(func() mastercard.Answer { return client.UpdateConsumer(t.Context(), updateConsumerRequest()) }),
			ask(func() mastercard.Answer { return client.Forget(t.Context(), forgetRequest()) }),
		} {
			shown := fmt.Sprintf("%+v %+v %v", got, got.Card, got.Err)

			switch {
			case !got.Verdict.Valid():
				t.Fatalf("verdict %q", got.Verdict)
			case (got.Verdict == mastercard.Updated || got.Verdict == mastercard.Forgotten) && status/100 != 2:
				t.Fatalf("%s by HTTP %d", got.Verdict, status)
			case got.Verdict == mastercard.NotEnrolled && (status/100 != 4 || got.Failure.Source != mastercard.SourceService):
				t.Fatalf("%s by HTTP %d: %+v", got.Verdict, status, got.Failure)
			case pan.Unchecked(testPAN).In(shown) && strings.Contains(body, testPAN):
				t.Fatal("a card number is in the answer")
			case !utf8.ValidString(shown) || strings.ContainsRune(shown, 0):
				t.Fatal("not fit to be kept")
			}
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzLoadVerdicts(f *testing.F) {
	table, err := mastercard.Verdicts()
	if err != nil {
		f.Fatal(err)
	}

	f.Add(strings.Join(mastercard.VerdictColumns(), ",") + "\n,4xx,service,NEW,,,,,retry,,ours,Nothing to do.\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := table.Override(strings.NewReader(text))
		if (got == nil) == (err == nil) {
			t.Fatalf("table %v, error %v", got, err)
		}
	})
}
