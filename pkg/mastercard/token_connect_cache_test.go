package mastercard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func eligibleFor(ranges ...string) mastercard.EligibleRequest {
	return mastercard.EligibleRequest{RequestID: "r-1", AccountRanges: ranges}
}

func TestTokenRequestorsAreReadAndKept(t *testing.T) {
	t.Parallel()

	now := clock
	record := &listener{answer: answering(http.StatusOK, eligible)}
	client := newClient(t, through(record), func(c *mastercard.Config) { c.Now = func() time.Time { return now } })
	connect := connectOf(t, client, func(c *mastercard.TokenConnectConfig) { c.MaxEligible, c.EligibleFor = 2, time.Minute })
	ask := func(ranges ...string) mastercard.EligibleAnswer {
		answer := connect.EligibleTokenRequestors(t.Context(), eligibleFor(ranges...))
		require.Equal(t, mastercard.Answered, answer.Verdict, answer.Failure)
		require.Equal(t, []mastercard.TokenRequestor{{
			TokenRequestorID: "50123197928", Name: "MDES for Merchants", ConsumerFacingEntityName: "Click to Pay", TokenRequestorType: "MERCHANT",
			EnabledAccountRanges: []string{"5204731600000000000", "2223000000000000000"}, ImageAssetID: "asset-1",
			SupportedPushMethods: []string{"WEB"}, SupportsMultiplePushedCards: true, SupportedAccountHolderData: []string{"NAME"},
			AvailablePushMethods: []mastercard.PushMethod{{Type: "WEB", URI: "https://sandbox.src.mastercard.com/provision"}},
		}}, answer.TokenRequestors)

		return answer
	}

	require.False(t, ask("520473160").Kept)
	require.True(t, ask("520473160").Kept)
	require.True(t, ask("5204731600", "5204731600000000000").Kept, "the same range")
	require.False(t, ask("520473160", "222300000").Kept)
	require.True(t, ask("222300000", "520473160").Kept, "in any order")
	require.False(t, ask("510510510").Kept, "the first goes")
	require.False(t, ask("520473160").Kept)

	now = now.Add(59 * time.Second)
	require.True(t, ask("520473160").Kept)

	now = now.Add(time.Second)
	require.False(t, ask("520473160").Kept, "its time is over")
	require.Len(t, record.asked, 5)
}

func TestRefusalsAreNotKept(t *testing.T) {
	t.Parallel()

	record := &listener{answer: answering(http.StatusOK, `{"responseId":"x","errors":[{"source":"INPUT","reasonCode":"AUTHORIZATION_FAILED"}]}`)}
	connect := newTokenConnect(t, record)

	for range 2 {
		require.Equal(t, mastercard.Halted, connect.EligibleTokenRequestors(t.Context(), eligibleFor("520473160")).Verdict)
		require.Equal(t, mastercard.Halted, connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: "a-1"}).Verdict)
	}

	require.Len(t, record.asked, 4)
}

func TestNothingIsKeptWhereItIsSwitchedOff(t *testing.T) {
	t.Parallel()

	record := &listener{answer: answering(http.StatusOK, eligible)}
	connect := newTokenConnect(t, record, func(c *mastercard.TokenConnectConfig) { c.EligibleFor = -1 })

	for range 2 {
		require.False(t, connect.EligibleTokenRequestors(t.Context(), eligibleFor("520473160")).Kept)
	}

	require.Len(t, record.asked, 2)
}

func TestQuestionsForTokenRequestorsThatAreRefusedHere(t *testing.T) {
	t.Parallel()

	connect := newTokenConnect(t, roundTripper(func(*http.Request) (*http.Response, error) { panic("sent") }))

	for name, c := range map[string]struct {
		request mastercard.EligibleRequest
		field   string
	}{
		"no range":            {eligibleFor(), "accountRanges"},
		"26 ranges":           {eligibleFor(make([]string, 26)...), "accountRanges"},
		"eight digits":        {eligibleFor("52047316"), "accountRanges"},
		"twenty digits":       {eligibleFor("52047316000000000000"), "accountRanges"},
		"letters":             {eligibleFor("52047316x"), "accountRanges"},
		"a card number":       {eligibleFor(testPAN), "accountRanges"},
		"a card number, long": {eligibleFor(testPAN + "000"), "accountRanges"},
		"no request id":       {mastercard.EligibleRequest{AccountRanges: []string{"520473160"}}, "requestId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := connect.EligibleTokenRequestors(t.Context(), c.request)
			require.Equal(t, mastercard.Rejected, answer.Verdict)
			require.Equal(t, c.field, answer.Failure.Field)
			require.NotContains(t, answer.Failure.Message, testPAN)
		})
	}

	for _, id := range []string{"", ".", "..", strings.Repeat("x", 65), "a b", testPAN} {
		answer := connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: id})
		require.Equal(t, mastercard.Rejected, answer.Verdict, id)
		require.Equal(t, "assetId", answer.Failure.Field)
	}
}

func TestAnswersAboutTokenRequestors(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status  int
		body    string
		verdict mastercard.Verdict
		count   int
	}{
		"nobody":                    {200, `{"responseId":"x","tokenRequestors":[]}`, mastercard.Answered, 0},
		"what is none is left out":  {200, `{"responseId":"x","tokenRequestors":[1,null,{},{"tokenRequestorId":"1"},{"tokenRequestorId":50123197928},{"tokenRequestorId":"50123197928"}]}`, mastercard.Answered, 1},
		"members of other types":    {200, `{"responseId":"x","tokenRequestors":[{"tokenRequestorId":"50123197928","name":1,"enabledAccountRanges":["x",1.5,-1,1e400,true],"availablePushMethods":[{"type":1},7],"supportedPushMethods":{}}]}`, mastercard.Answered, 1},
		"no list":                   {200, `{"responseId":"x"}`, mastercard.Retry, 0},
		"no response id":            {200, `{"tokenRequestors":[]}`, mastercard.Retry, 0},
		"an error in a 200":         {200, `{"responseId":"x","errors":[{"source":"INPUT","reasonCode":"INVALID_FIELD_LENGTH"}]}`, mastercard.Rejected, 0},
		"an error beside the list":  {200, `{"responseId":"x","tokenRequestors":[],"errors":[{"source":"MDES","reasonCode":"BUSY"}]}`, mastercard.Retry, 0},
		"a failing server":          {503, "", mastercard.Retry, 0},
		"no such API":               {404, "<html>", mastercard.Halted, 0},
		"a refusal of who is asked": {403, "", mastercard.Halted, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newTokenConnect(t, answering(c.status, c.body)).EligibleTokenRequestors(t.Context(), eligibleFor("520473160"))
			require.Equal(t, c.verdict, answer.Verdict, answer.Failure)
			require.Len(t, answer.TokenRequestors, c.count)
		})
	}
}

// An asset never changes, so that it is asked for once.
func TestAssetsAreReadAndKeptForEver(t *testing.T) {
	t.Parallel()

	now := clock
	record := &listener{answer: answering(http.StatusOK, asset)}
	client := newClient(t, through(record), func(c *mastercard.Config) { c.Now = func() time.Time { return now } })
	connect := connectOf(t, client, func(c *mastercard.TokenConnectConfig) { c.MaxAssetsBytes = 50 })
	ask := func(id string) bool {
		answer := connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: id})
		require.Equal(t, mastercard.Answered, answer.Verdict, answer.Failure)
		require.Equal(t, []mastercard.MediaContent{{Type: "image/png", Data: []byte("\x89PNG\r\n\x1a\n"), Height: 20, Width: 40}}, answer.Contents)

		return answer.Kept
	}

	require.False(t, ask("a-1"))

	now = now.AddDate(10, 0, 0)

	require.True(t, ask("a-1"))
	require.False(t, ask("a-2"))
	require.True(t, ask("a-2"))
	require.True(t, ask("a-1"))
	require.False(t, ask("a-3"), "the oldest goes for it")
	require.False(t, ask("a-1"))
	require.Len(t, record.asked, 4)
}

func TestAnAssetThatIsLargerThanAllRoomIsNotKept(t *testing.T) {
	t.Parallel()

	record := &listener{answer: answering(http.StatusOK, asset)}
	connect := newTokenConnect(t, record, func(c *mastercard.TokenConnectConfig) { c.MaxAssetsBytes = 10 })

	for range 2 {
		require.False(t, connect.Asset(t.Context(), mastercard.AssetRequest{AssetID: "a-1"}).Kept)
	}

	require.Len(t, record.asked, 2)
}

func TestAnswersWithAssets(t *testing.T) {
	t.Parallel()

	large := fmt.Sprintf(`{"mediaContents":[{"type":"text/plain","data":"%s"}]}`, strings.Repeat("AAAA", 1<<19)) // 2 MiB

	for name, c := range map[string]struct {
		status  int
		body    string
		verdict mastercard.Verdict
		count   int
	}{
		"larger than other answers may be":  {200, large, mastercard.Answered, 1},
		"of another type":                   {200, `{"mediaContents":[{"type":"image/gif","data":"AAAA"}]}`, mastercard.Retry, 0},
		"of a type in capitals":             {200, `{"mediaContents":[{"type":"IMAGE/PNG","data":"AAAA","height":-1,"width":"1e9"}]}`, mastercard.Answered, 1},
		"one that can be read of several":   {200, `{"mediaContents":[7,{"type":"image/png","data":"*"},{"type":"text/html","data":"AAAA"}]}`, mastercard.Answered, 1},
		"no base64":                         {200, `{"mediaContents":[{"type":"image/png","data":"***"}]}`, mastercard.Retry, 0},
		"empty":                             {200, `{"mediaContents":[{"type":"image/png","data":""}]}`, mastercard.Retry, 0},
		"no list":                           {200, `{}`, mastercard.Retry, 0},
		"an error in a 200":                 {200, `{"errors":[{"source":"MDES","reasonCode":"AUTHORIZATION_FAILED"}]}`, mastercard.Halted, 0},
		"not there":                         {404, `{"errors":[{"source":"INPUT","reasonCode":"UNKNOWN_ASSET"}]}`, mastercard.Retry, 0},
		"larger than an asset's answer may": {200, strings.Replace(large, "AAAA", strings.Repeat("AAAA", 1<<21), 1), mastercard.Retry, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newTokenConnect(t, answering(c.status, c.body)).Asset(t.Context(), mastercard.AssetRequest{AssetID: "a-1"})
			require.Equal(t, c.verdict, answer.Verdict, answer.Failure)
			require.Len(t, answer.Contents, c.count)
		})
	}
}
