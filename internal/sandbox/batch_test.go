package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const batchPath = sandbox.BasePath + "/cards/batch"

// recordOf is one record of a batch.
func recordOf(i int, number string) members {
	card := cardOf(number)
	card["externalCardId"] = fmt.Sprintf("k-%d", i)

	return members{
		"consumer": members{"externalConsumerId": fmt.Sprintf("c-%d", i), "emailAddress": "a@b.example"},
		"cards":    []any{card},
	}
}

// batch is a body of POST /cards/batch with a card of each scenario.
func (f *fixture) batch(tb testing.TB, records ...any) []byte {
	tb.Helper()

	return marshal(tb, members{
		"srcClientId": srcClientID, "serviceId": serviceID, "externalBatchId": "ours-1",
		"encryptedEnrollmentData": f.seal(tb, marshal(tb, members{"enrollmentData": records})),
	})
}

func scenarioRecords(scenarios ...int) []any {
	var all []any
	for i, scenario := range scenarios {
		all = append(all, recordOf(i, sandbox.PAN(scenario, i)))
	}

	return all
}

type batchTold struct {
	BatchID         string `json:"batchId"`
	ExternalBatchID string `json:"externalBatchId"`
	BatchStatus     string `json:"batchStatus"`
	Items           []struct {
		ExternalConsumerID string          `json:"externalConsumerId"`
		ExternalCardID     string          `json:"externalCardId"`
		SrcDigitalCardID   string          `json:"srcDigitalCardId"`
		SrcConsumerID      string          `json:"srcConsumerId"`
		Status             string          `json:"status"`
		Error              json.RawMessage `json:"error"`
	} `json:"items"`
}

func (a answer) batch(tb testing.TB) batchTold {
	tb.Helper()

	var told batchTold
	require.NoError(tb, json.Unmarshal(a.body, &told), string(a.body))

	return told
}

func (f *fixture) status(tb testing.TB, id string) answer {
	tb.Helper()

	return f.do(tb, request{
		method: http.MethodGet, target: batchPath + "/" + id + "?srcClientId=" + srcClientID + "&serviceId=" + escape(serviceID),
	})
}

func TestABatchIsAnsweredLater(t *testing.T) {
	t.Parallel()

	at := now()
	f := setup(t, func(o *sandbox.Options) {
		o.BatchTakes = time.Minute
		o.Now = func() time.Time { return at }
	})

	got := f.do(t, request{target: batchPath, body: f.batch(t, scenarioRecords(0, 10, 0)...)})
	require.Equal(t, http.StatusAccepted, got.status, string(got.body))
	requireSchema(t, "BatchEnrollResponse", got.body)

	id := got.batch(t).BatchID
	require.Equal(t, "ours-1", got.batch(t).ExternalBatchID)

	pending := f.status(t, id)
	requireSchema(t, "BatchStatusResponse", pending.body)
	require.Equal(t, "IN_PROGRESS", pending.batch(t).BatchStatus)
	require.Empty(t, pending.batch(t).Items)

	at = at.Add(time.Minute)
	done := f.status(t, id)
	requireSchema(t, "BatchStatusResponse", done.body)

	told := done.batch(t)
	require.Equal(t, "COMPLETED_WITH_ERRORS", told.BatchStatus)
	require.Len(t, told.Items, 3)

	for _, item := range told.Items {
		if item.ExternalCardID == "k-1" {
			require.Equal(t, "FAILED", item.Status)
			require.Contains(t, string(item.Error), "PAN_INELIGIBLE")

			continue
		}

		require.Equal(t, "SUCCESSFUL", item.Status)
		require.NotEmpty(t, item.SrcDigitalCardID)
		require.NotEmpty(t, item.SrcConsumerID)
		require.Equal(t, item.ExternalCardID[1:], item.ExternalConsumerID[1:])
	}

	require.Equal(t, 1, f.sandbox.Ledger().Effects(sandbox.PAN(0, 0)))
	require.Equal(t, 0, f.sandbox.Ledger().Effects(sandbox.PAN(10, 1)))
}

func TestBatchesMeetTheirScenarios(t *testing.T) {
	t.Parallel()

	f := setup(t)

	for name, c := range map[string]struct {
		scenario int
		sent     string   // what the POST is answered
		asked    []string // what the questions are
		items    int      // in the last of them
	}{
		"enrolled":                {0, "202", []string{"200 COMPLETED_SUCCESSFULLY"}, 2},
		"one is refused":          {12, "202", []string{"200 COMPLETED_WITH_ERRORS"}, 2},
		"one is missing":          {43, "202", []string{"200 COMPLETED_SUCCESSFULLY"}, 1},
		"one is there twice":      {49, "202", []string{"200 COMPLETED_SUCCESSFULLY"}, 3},
		"never done":              {44, "202", []string{"200 IN_PROGRESS", "200 IN_PROGRESS"}, 0},
		"failed later":            {45, "202", []string{"200 FAILED"}, 0},
		"status throttled":        {46, "202", []string{"429", "200 COMPLETED_SUCCESSFULLY"}, 2},
		"status failing":          {47, "202", []string{"500", "200 COMPLETED_SUCCESSFULLY"}, 2},
		"status cut":              {48, "202", []string{"none", "200 COMPLETED_SUCCESSFULLY"}, 2},
		"refused for one":         {15, "400", nil, 0},
		"throttled":               {28, "429", nil, 0},
		"a failure":               {51, "500", nil, 0},
		"a page of HTML":          {80, "502", nil, 0},
		"refused for the program": {20, "403", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			body := f.batch(t, recordOf(1, sandbox.PAN(0, 100+c.scenario)), recordOf(2, sandbox.PAN(c.scenario, 7)))
			got := f.do(t, request{target: batchPath, body: body})
			require.Equal(t, c.sent, strconv.Itoa(got.status), string(got.body))

			if c.scenario == 15 {
				require.Equal(t, "INVALID_ARGUMENT/CANNOT_BE_NULL/enrollmentData[1].consumer.countryCode", got.reasons(t))
			}

			for _, want := range c.asked {
				got, err := f.try(t, request{
					method: http.MethodGet,
					target: batchPath + "/" + got.batch(t).BatchID + "?srcClientId=" + srcClientID + "&serviceId=" + escape(serviceID),
				})

				switch {
				case want == "none":
					require.Error(t, err)
				case got.status != http.StatusOK:
					require.Equal(t, want, strconv.Itoa(got.status))
				default:
					require.Equal(t, want, "200 "+got.batch(t).BatchStatus)
					require.Len(t, got.batch(t).Items, map[bool]int{true: c.items}[want == c.asked[len(c.asked)-1]])
				}
			}
		})
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	good := recordOf(0, sandbox.PAN(0, 1))

	without := func(at func(members) members, name string) []any {
		record := recordOf(0, sandbox.PAN(0, 1))
		delete(at(record), name)

		return []any{record}
	}
	consumer := func(r members) members { return r["consumer"].(members) }
	card := func(r members) members { return r["cards"].([]any)[0].(members) }

	var many []any
	for i := range 251 {
		many = append(many, recordOf(i, sandbox.PAN(0, i)))
	}

	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"no records":       {f.batch(t), "INVALID_ARGUMENT/CANNOT_BE_NULL/enrollmentData"},
		"too many":         {f.batch(t, many...), "INVALID_ARGUMENT/INVALID_VALUE/Request body"},
		"no consumer's id": {f.batch(t, without(consumer, "externalConsumerId")...), "INVALID_ARGUMENT/CANNOT_BE_NULL/enrollmentData.consumer.externalConsumerId"},
		"no card's id":     {f.batch(t, without(card, "externalCardId")...), "INVALID_ARGUMENT/CANNOT_BE_NULL/enrollmentData.cards.externalCardId"},
		"no number":        {f.batch(t, without(card, "primaryAccountNumber")...), "INVALID_ARGUMENT/CANNOT_BE_NULL/enrollmentData.cards.primaryAccountNumber"},
		"no batch's id": {
			marshal(t, members{
				"srcClientId": srcClientID, "serviceId": serviceID,
				"encryptedEnrollmentData": f.seal(t, marshal(t, members{"enrollmentData": []any{good}})),
			}),
			"INVALID_ARGUMENT/CANNOT_BE_NULL/externalBatchId",
		},
		"not JSON inside": {
			marshal(t, members{
				"srcClientId": srcClientID, "serviceId": serviceID, "externalBatchId": "x", "encryptedEnrollmentData": f.seal(t, []byte("card")),
			}),
			"INVALID_ARGUMENT/CORRUPT_DATA/encryptedEnrollmentData",
		},
		"another program's": {
			marshal(t, members{
				"srcClientId": otherClient, "serviceId": serviceID, "externalBatchId": "x",
				"encryptedEnrollmentData": f.seal(t, marshal(t, members{"enrollmentData": []any{good}})),
			}),
			"PERMISSION_DENIED/INVALID_VALUE/X_OPEN_API_CLIENT_ID",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, f.do(t, request{target: batchPath, body: c.body}).reasons(t))
		})
	}

	require.Equal(t, "NOT_FOUND/NOT_FOUND/batchId", f.status(t, "none").reasons(t))
	require.Equal(t, http.StatusMethodNotAllowed, f.do(t, request{method: http.MethodGet, target: batchPath}).status)
}

func TestABatchOfAUsedNameIsRefusedWhenConfigured(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) { o.RepeatedBatch = sandbox.AlreadyExists })
	body := f.batch(t, scenarioRecords(0)...)

	require.Equal(t, http.StatusAccepted, f.do(t, request{target: batchPath, body: body}).status)
	require.Equal(t, "ALREADY_EXISTS/ALREADY_EXISTS/Card", f.do(t, request{target: batchPath, body: body}).reasons(t))
}
