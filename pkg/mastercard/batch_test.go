package mastercard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/pan"
)

// ask is the question for a batch that was sent.
func ask(answer mastercard.BatchAnswer) mastercard.BatchStatusRequest {
	request := statusRequest()
	request.BatchID, request.FlowID = answer.BatchID, answer.FlowID

	return request
}

func atSandbox(t *testing.T, changes ...func(*sandbox.Options)) *mastercard.Client {
	t.Helper()

	return newClient(t, at(double(t, changes...)), func(c *mastercard.Config) { c.Now = time.Now })
}

func TestABatchIsSentAndAskedFor(t *testing.T) {
	t.Parallel()

	client := atSandbox(t)
	request := batchOf(0, 10, 12, 0)

	sent := client.EnrollBatch(t.Context(), request)
	require.Equal(t, mastercard.Submitted, sent.Verdict, "%+v", sent)
	require.NotEmpty(t, sent.BatchID)
	require.Equal(t, request.ExternalBatchID, sent.ExternalBatchID)
	require.Zero(t, sent.Failure)

	status := client.BatchStatus(t.Context(), ask(sent))
	require.Equal(t, mastercard.Completed, status.Verdict, "%+v", status)
	require.Equal(t, "COMPLETED_WITH_ERRORS", status.Status)
	require.Len(t, status.Results, 4)

	for i, want := range []mastercard.Verdict{mastercard.Enrolled, mastercard.Rejected, mastercard.Rejected, mastercard.Enrolled} {
		record := request.Records[i]
		result, found := status.Result(record.ExternalConsumerID, record.ExternalCardID)
		require.True(t, found)
		require.Equal(t, want, result.Verdict, "%+v", result)

		if want == mastercard.Enrolled {
			require.NotEmpty(t, result.SrcDigitalCardID)
			require.NotEmpty(t, result.SrcConsumerID)
			require.Zero(t, result.Failure)
		} else {
			require.Equal(t, "INVALID_STATE", result.Failure.Reason)
			require.True(t, result.AboutCard)
			require.NotEmpty(t, result.Advice)
		}
	}

	_, found := status.Result("c-9", "k-9")
	require.False(t, found)
}

func TestABatchOfTheLargestSize(t *testing.T) {
	t.Parallel()

	client := atSandbox(t)
	records, bytes := client.BatchLimits("")
	require.Equal(t, 250, records)
	require.Equal(t, 1<<20, bytes)

	sent := client.EnrollBatch(t.Context(), batchRequest(records))
	require.Equal(t, mastercard.Submitted, sent.Verdict, "%+v", sent)
	require.Len(t, client.BatchStatus(t.Context(), ask(sent)).Results, records)
}

// What the double does with a batch that has two cards, the second of a scenario.
func TestBatchScenarios(t *testing.T) {
	t.Parallel()

	client := atSandbox(t)

	for name, c := range map[string]struct {
		scenario int
		sent     mastercard.Verdict
		status   []mastercard.Verdict
		record   mastercard.Verdict // of the second record; empty: it is missing
	}{
		"enrolled":           {0, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, mastercard.Enrolled},
		"already there":      {1, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, mastercard.AlreadyEnrolled},
		"refused":            {14, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, mastercard.Rejected},
		"missing":            {43, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, ""},
		"twice":              {49, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, mastercard.Enrolled},
		"never done":         {44, mastercard.Submitted, []mastercard.Verdict{mastercard.Submitted, mastercard.Submitted}, ""},
		"failed as a whole":  {45, mastercard.Submitted, []mastercard.Verdict{mastercard.Rejected}, ""},
		"status throttled":   {46, mastercard.Submitted, []mastercard.Verdict{mastercard.Throttled, mastercard.Completed}, mastercard.Enrolled},
		"status failing":     {47, mastercard.Submitted, []mastercard.Verdict{mastercard.Retry, mastercard.Completed}, mastercard.Enrolled},
		"status cut":         {48, mastercard.Submitted, []mastercard.Verdict{mastercard.Retry, mastercard.Completed}, mastercard.Enrolled},
		"without an id":      {67, mastercard.Submitted, []mastercard.Verdict{mastercard.Completed}, mastercard.Enrolled},
		"refused for one":    {15, mastercard.Rejected, nil, ""},
		"program refused":    {20, mastercard.Halted, nil, ""},
		"throttled":          {29, mastercard.Throttled, nil, ""},
		"a failure":          {51, mastercard.Retry, nil, ""},
		"a page of HTML":     {80, mastercard.Retry, nil, ""},
		"the answer is lost": {71, mastercard.Unknown, nil, ""},
		"the answer is cut":  {81, mastercard.Unknown, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := batchOf(0, c.scenario)
			request.Records[0].Card.PrimaryAccountNumber = pan.Unchecked(sandbox.PAN(0, 1000+c.scenario))

			sent := client.EnrollBatch(t.Context(), request)
			require.Equal(t, c.sent, sent.Verdict, "%+v", sent)

			if c.scenario == 29 {
				require.Equal(t, time.Second, sent.RetryAfter)
			}

			var last mastercard.BatchStatusAnswer

			for _, want := range c.status {
				last = client.BatchStatus(t.Context(), ask(sent))
				require.Equal(t, want, last.Verdict, "%+v", last)
			}

			result, found := last.Result("c-1", "k-1")
			require.Equal(t, c.record != "", found)
			require.Equal(t, c.record, result.Verdict)
		})
	}
}

func TestABatchThatIsNotSent(t *testing.T) {
	t.Parallel()

	client := newClient(t, through(roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("it was sent")

		return nil, errors.New("no")
	})))

	for name, c := range map[string]struct {
		change  func(*mastercard.BatchRequest)
		verdict mastercard.Verdict
		reason  string
	}{
		"no records":      {func(r *mastercard.BatchRequest) { r.Records = nil }, mastercard.Rejected, "INVALID_REQUEST"},
		"too many":        {func(r *mastercard.BatchRequest) { *r = batchRequest(251) }, mastercard.Rejected, "TOO_LARGE"},
		"no number":       {func(r *mastercard.BatchRequest) { r.Records[1].Card = mastercard.Card{} }, mastercard.Rejected, "INVALID_REQUEST"},
		"equal ids":       {func(r *mastercard.BatchRequest) { r.Records[1] = r.Records[0] }, mastercard.Rejected, "INVALID_REQUEST"},
		"a wrong program": {func(r *mastercard.BatchRequest) { r.SrcClientID = "me" }, mastercard.Halted, "INVALID_SETTING"},
		"too many bytes": {func(r *mastercard.BatchRequest) {
			*r = batchRequest(250)
			for i := range r.Records {
				r.Records[i].Consumer.FirstName = strings.Repeat("a", 4000)
			}
		}, mastercard.Rejected, "TOO_LARGE"},
		"not its turn": {func(r *mastercard.BatchRequest) {
			r.Turn = func(context.Context) error { return context.Canceled }
		}, mastercard.Retry, "CANCELED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := batchRequest(2)
			c.change(&request)

			answer := client.EnrollBatch(t.Context(), request)
			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)
			require.Equal(t, c.reason, answer.Failure.Reason)
			require.Empty(t, answer.BatchID)
		})
	}

	wrong := statusRequest()
	wrong.BatchID = ".."
	require.Equal(t, mastercard.Rejected, client.BatchStatus(t.Context(), wrong).Verdict)
}

// Answers that the double does not give.
func TestAnswersAboutABatch(t *testing.T) {
	t.Parallel()

	const results = `"items":[{"externalConsumerId":"c-1","externalCardId":"k-1",%s}]`

	one := func(members string) string {
		return fmt.Sprintf(`{"batchId":"b-1","batchStatus":"COMPLETED_WITH_ERRORS",`+results+`}`, members)
	}

	for name, c := range map[string]struct {
		status int
		body   string
		want   mastercard.Verdict
		detail string
		record mastercard.Verdict
	}{
		"a word that the profile does not have": {200, `{"batchId":"b-1","batchStatus":"RESTING"}`, mastercard.Retry, "STATUS_UNKNOWN", ""},
		"results beside such a word": {
			200, strings.Replace(one(`"status":"SUCCESSFUL","srcDigitalCardId":"x"`), "COMPLETED_WITH_ERRORS", "RESTING", 1),
			mastercard.Retry, "STATUS_UNKNOWN", mastercard.Enrolled,
		},
		"in other letters":       {200, `{"BATCHID":"b-1","batchstatus":"in_progress"}`, mastercard.Submitted, "", ""},
		"another batch":          {200, `{"batchId":"b-2","batchStatus":"IN_PROGRESS"}`, mastercard.Retry, "OTHER_BATCH", ""},
		"no status":              {200, `{"batchId":"b-1"}`, mastercard.Retry, "NO_ERROR", ""},
		"no JSON":                {200, `<html>`, mastercard.Retry, "HTML", ""},
		"a list":                 {200, `[]`, mastercard.Retry, "NO_ERROR", ""},
		"empty":                  {200, ``, mastercard.Retry, "EMPTY", ""},
		"unknown at that site":   {404, `{"status":404,"reason":"NOT_FOUND","message":"Batch not found"}`, mastercard.Retry, "", ""},
		"a wrong path":           {404, `{"Errors":{"Error":[{"Source":"Gateway","ReasonCode":"RESOURCE_NOT_FOUND"}]}}`, mastercard.Halted, "", ""},
		"a record's other word":  {200, one(`"status":"PARKED"`), mastercard.Completed, "", mastercard.Unknown},
		"a record without one":   {200, one(`"x":1`), mastercard.Completed, "", mastercard.Unknown},
		"failed for no reason":   {200, one(`"status":"FAILED"`), mastercard.Completed, "", mastercard.Retry},
		"failed for a reason":    {200, one(`"status":"FAILED","error":{"reason":"INVALID_STATE","errordetail":[{"reason":"SANCTIONED"}]}`), mastercard.Completed, "", mastercard.Rejected},
		"failed in capitals":     {200, one(`"status":"FAILED","error":{"ReasonCode":"PAN_INELIGIBLE","Source":"MDES"}`), mastercard.Completed, "", mastercard.Rejected},
		"the status is a number": {200, `{"batchId":"b-1","batchStatus":7}`, mastercard.Retry, "NO_ERROR", ""},
		"results of another type": {
			200, `{"batchId":"b-1","batchStatus":"COMPLETED_SUCCESSFULLY","items":{"a":1}}`, mastercard.Completed, "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newClient(t, through(answering(c.status, c.body))).BatchStatus(t.Context(), statusRequest())
			require.Equal(t, c.want, answer.Verdict, "%+v", answer)

			if c.detail != "" {
				require.Equal(t, c.detail, answer.Failure.Detail)
			}

			result, found := answer.Result("c-1", "k-1")
			require.Equal(t, c.record != "", found)
			require.Equal(t, c.record, result.Verdict, "%+v", result)
		})
	}
}

func TestTwoResultsForOneRecord(t *testing.T) {
	t.Parallel()

	answer := newClient(t, through(answering(200, `{"batchId":"b-1","batchStatus":"COMPLETED_SUCCESSFULLY","items":[
		{"externalConsumerId":"c-1","externalCardId":"k-1","status":"SUCCESSFUL","srcDigitalCardId":"x"},
		{"externalConsumerId":"c-1","externalCardId":"k-1","status":"SUCCESSFUL","srcDigitalCardId":"x"},
		{"externalConsumerId":"c-2","externalCardId":"k-2","status":"SUCCESSFUL","srcDigitalCardId":"y"},
		{"externalConsumerId":"c-2","externalCardId":"k-2","status":"FAILED"},
		{"status":"SUCCESSFUL"}]}`))).BatchStatus(t.Context(), statusRequest())

	require.Len(t, answer.Results, 2)
	require.Equal(t, 1, answer.Unidentified)
	require.Equal(t, mastercard.Enrolled, answer.Results[0].Verdict)
	require.Equal(t, mastercard.Unknown, answer.Results[1].Verdict)
	require.Empty(t, answer.Results[1].SrcDigitalCardID)
}

// A card number that the API sends back is in nothing that is kept.
func TestNoNumberInWhatABatchComesTo(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked(testPAN)
	disguised := "５２０４７３１６０００１４７８４"

	refused := newClient(t, through(answering(400,
		`{"status":400,"reason":"INVALID_ARGUMENT","message":"5204731600014784 and `+disguised+`","errordetail":null}`)))
	request := batchRequest(2)
	request.Records[1].Card.PrimaryAccountNumber = number

	answer := refused.EnrollBatch(t.Context(), request)
	require.Equal(t, mastercard.Rejected, answer.Verdict)
	require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
	require.NotContains(t, fmt.Sprintf("%+v", answer), disguised)

	status := newClient(t, through(answering(200, `{"batchId":"b-1","batchStatus":"COMPLETED_WITH_ERRORS","items":[
		{"externalConsumerId":"c-1","externalCardId":"k-1","status":"FAILED","error":{"reason":"X","message":"`+disguised+`"}}]}`))).
		BatchStatus(t.Context(), statusRequest())
	require.NotContains(t, fmt.Sprintf("%+v", status.Results[0].Without(number)), disguised)
}

func TestAProfileOfOnesOwnDecidesWhereThingsStand(t *testing.T) {
	t.Parallel()

	builtIn, err := profile.BuiltIn(profile.NameEnrollBatch)
	require.NoError(t, err)

	own := *builtIn
	own.Name = "ours"
	own.Operations = append([]profile.Operation(nil), builtIn.Operations...)
	encrypted := *own.Operations[0].Encrypted
	encrypted.Member = "payload.jwe"
	own.Operations[0].Path = "/batches"
	own.Operations[0].Encrypted = &encrypted
	own.Operations[0].Answer = []profile.Read{{Path: "data.ids[].id", Into: "batch.id", Required: true}}

	var body, path string

	client := newClient(t, through(roundTripper(func(request *http.Request) (*http.Response, error) {
		path = request.URL.Path
		body = readAll(request)

		return answering(202, `{"data":{"ids":[{"id":"b-7"}]}}`)(request)
	})), func(c *mastercard.Config) { c.Profiles = []*profile.Profile{&own} })

	request := batchRequest(1)
	request.Profile = "ours"

	answer := client.EnrollBatch(t.Context(), request)
	require.Equal(t, mastercard.Submitted, answer.Verdict, "%+v", answer)
	require.Equal(t, "b-7", answer.BatchID)
	require.True(t, strings.HasSuffix(path, "/batches"))
	require.Contains(t, body, `"payload":{"jwe":"ey`)
}
