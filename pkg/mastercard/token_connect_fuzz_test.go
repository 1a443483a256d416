package mastercard_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// Whatever comes back, a call ends in one of the verdicts, none of which is Unknown, and nothing of the PAN or a receipt is printed.
func FuzzTokenConnectAnswer(f *testing.F) {
	f.Add(200, pushed)
	f.Add(200, eligible)
	f.Add(200, asset)
	f.Add(200, `{"responseId":"x","pushAccountReceipts":[{"pushAccountId":"a-1","errors":[{"source":"INPUT","reasonCode":"ACCOUNT_INELIGIBLE"}]}]}`)
	f.Add(200, `{"errors":[{"source":"MDES","reasonCode":"X","description":"5204731600014784","recoverable":"no"},7]}`)
	f.Add(400, `{"errors":{"a":1},"responseId":7}`)
	f.Add(200, `{"mediaContents":{"type":"text/html","data":"AAAA","height":1}}`)
	f.Add(200, `{"responseId":"x","tokenRequestors":[{"tokenRequestorId":"50123197928","enabledAccountRanges":[9223372036854775808]}]}`)

	var answer http.Response

	connect := newTokenConnect(f, roundTripper(func(*http.Request) (*http.Response, error) {
		copied := answer
		return &copied, nil
	}), func(c *mastercard.TokenConnectConfig) { c.EligibleFor, c.MaxAssetsBytes = -1, 1 })

	f.Fuzz(func(t *testing.T, status int, body string) {
		again := func() {
			answer = http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		}

		again()

		push := connect.PushMultipleAccounts(t.Context(), pushRequest())

		again()

		requestors := connect.EligibleTokenRequestors(t.Context(), eligibleFor("520473160"))

		again()

		media := connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: "a-1"})

		for _, got := range []mastercard.Answer{push.Answer, requestors.Answer, media.Answer} {
			if !got.Verdict.Valid() || got.Verdict == mastercard.Unknown || got.Verdict == mastercard.Enrolled {
				t.Fatalf("verdict %q", got.Verdict)
			}
		}

		if shown := fmt.Sprintf("%+v %v", push, push.Err); pan.Unchecked(testPAN).In(shown) {
			t.Fatalf("the PAN: %s", shown)
		}

		result, told := push.Result("a-1")
		if (push.Verdict == mastercard.Pushed) != (told && !result.Receipt.IsZero()) {
			t.Fatalf("%s with a receipt: %t", push.Verdict, told)
		}

		if told && !result.Receipt.IsZero() && strings.Contains(fmt.Sprintf("%+v", push), result.Receipt.Reveal()) {
			t.Fatal("the receipt is printed")
		}
	})
}
