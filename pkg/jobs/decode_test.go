package jobs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	t.Parallel()

	job := sealedJob(t, newSealer(t, newKey(t)), "job-1")
	job.NotAfter = today()
	job.ExternalCardID = "card/ü 1"

	body, err := job.Encode()
	require.NoError(t, err)

	back, problem := jobs.Decode(body)
	require.Nil(t, problem)
	require.Equal(t, "card/ü 1", back.ExternalCardID)
	require.Equal(t, job.NotAfter, back.NotAfter)

	again, err := back.Encode()
	require.NoError(t, err)
	require.Equal(t, string(body), string(again))
}

// A time that JSON does not have is told like any other fault, and without the job's id, which may be a number by mistake.
func TestATimeThatCannotBeWrittenIsNamed(t *testing.T) {
	t.Parallel()

	job := jobs.Job{ID: "5204731600014784", Program: "demo", NotAfter: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}

	_, err := job.Encode()
	found, ok := errors.AsType[*jobs.Problem](err)
	require.True(t, ok)
	require.Equal(t, "not_after", found.Field)
	require.NotContains(t, err.Error(), job.ID)

	_, err = job.Body()
	require.Error(t, err)
	require.NotContains(t, err.Error(), job.ID)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()

	const rest = `"program":"demo","sealed":"a..b.c.d"`

	for name, c := range map[string]struct {
		body, reason, field string
	}{
		"nothing":                              {``, "NOT_JSON", ""},
		"text":                                 {`hello`, "NOT_JSON", ""},
		"two documents":                        {`{"schema":1}{"schema":1}`, "NOT_JSON", ""},
		"an array":                             {`[1]`, "INVALID_FIELD", ""},
		"another version":                      {`{"schema":2,"id":"a",` + rest + `}`, "UNKNOWN_SCHEMA", "schema"},
		"the version as text":                  {`{"schema":"1","id":"a",` + rest + `}`, "INVALID_FIELD", "schema"},
		"no version":                           {`{"id":"a",` + rest + `}`, "INVALID_FIELD", "schema"},
		"no id":                                {`{"schema":1,` + rest + `}`, "INVALID_FIELD", "id"},
		"an id with a space":                   {`{"schema":1,"id":"a b",` + rest + `}`, "INVALID_FIELD", "id"},
		"an id of 65":                          {`{"schema":1,"id":"` + strings.Repeat("a", 65) + `",` + rest + `}`, "INVALID_FIELD", "id"},
		"a program in capitals":                {`{"schema":1,"id":"a","program":"Demo","sealed":"a..b.c.d"}`, "INVALID_FIELD", "program"},
		"a seal that is no JWE":                {`{"schema":1,"id":"a","program":"demo","sealed":"abc"}`, "INVALID_FIELD", "sealed"},
		"an unknown member":                    {`{"schema":1,"id":"a","color":"red",` + rest + `}`, "INVALID_FIELD", "color"},
		"a member in capitals":                 {`{"schema":1,"ID":"a",` + rest + `}`, "INVALID_FIELD", "id"},
		"a time that is none":                  {`{"schema":1,"id":"a","not_after":"tomorrow",` + rest + `}`, "INVALID_FIELD", "not_after"},
		"a long external id":                   {`{"schema":1,"id":"a","external_card_id":"` + strings.Repeat("x", 256) + `",` + rest + `}`, "INVALID_FIELD", "external_card_id"},
		"a PAN beside the seal":                {`{"schema":1,"id":"a","primaryAccountNumber":"5204731600014784",` + rest + `}`, "CARD_IN_CLEAR", "primaryAccountNumber"},
		"a PAN as a number":                    {`{"schema":1,"id":"a","x":5204731600014784,` + rest + `}`, "CARD_IN_CLEAR", "x"},
		"a PAN deep inside":                    {`{"schema":1,"id":"a","card":{"n":["5204 7316 0001 4784"]},` + rest + `}`, "CARD_IN_CLEAR", "card.n"},
		"a PAN as the external id":             {`{"schema":1,"id":"a","external_card_id":"5204731600014784",` + rest + `}`, "CARD_IN_CLEAR", "external_card_id"},
		"a PAN as the name of a member":        {`{"schema":1,"id":"a","5204731600014784":true,` + rest + `}`, "CARD_IN_CLEAR", "************4784"},
		"a PAN and another version":            {`{"schema":9,"id":"a","external_card_id":"5204731600014784",` + rest + `}`, "CARD_IN_CLEAR", "external_card_id"},
		"a PAN as the id":                      {`{"schema":1,"id":"5204731600014784",` + rest + `}`, "CARD_IN_CLEAR", "id"},
		"a security code":                      {`{"schema":1,"id":"a","cvc":"123",` + rest + `}`, "SECURITY_CODE", "cvc"},
		"a security code in a version to come": {`{"schema":7,"id":"a","cvc":"123",` + rest + `}`, "SECURITY_CODE", "cvc"},
		"a security code under a long name":    {`{"schema":1,"id":"a","card":{"card_Security-Code":"123"},` + rest + `}`, "SECURITY_CODE", "card.card_Security-Code"},
		"an unknown operation":                 {`{"schema":1,"id":"a","operation":"burn",` + rest + `}`, "INVALID_FIELD", "operation"},
		"enrolling without a seal":             {`{"schema":1,"id":"a","program":"demo"}`, "INVALID_FIELD", "sealed"},
		"enrolling a card by its id":           {`{"schema":1,"id":"a","src_digital_card_id":"x",` + rest + `}`, "INVALID_FIELD", "src_digital_card_id"},
		"unenrolling nothing":                  {`{"schema":1,"id":"a","program":"demo","operation":"unenroll"}`, "INVALID_FIELD", "src_digital_card_id"},
		"unenrolling with a seal":              {`{"schema":1,"id":"a","operation":"unenroll","external_card_id":"x",` + rest + `}`, "INVALID_FIELD", "sealed"},
		"a card id that is a path":             {`{"schema":1,"id":"a","program":"demo","operation":"unenroll","src_digital_card_id":"../x"}`, "INVALID_FIELD", "src_digital_card_id"},
		"unenrolling a consumer":               {`{"schema":1,"id":"a","program":"demo","operation":"unenroll","external_card_id":"x","src_consumer_id":"c"}`, "INVALID_FIELD", "src_consumer_id"},
		"enrolling a consumer by their id":     {`{"schema":1,"id":"a","src_consumer_id":"x",` + rest + `}`, "INVALID_FIELD", "src_consumer_id"},
		"updating without a seal":              {`{"schema":1,"id":"a","program":"demo","operation":"update","external_card_id":"x"}`, "INVALID_FIELD", "sealed"},
		"updating nothing":                     {`{"schema":1,"id":"a","operation":"update",` + rest + `}`, "INVALID_FIELD", "src_digital_card_id"},
		"updating a card and a consumer":       {`{"schema":1,"id":"a","operation":"update","src_digital_card_id":"x","src_consumer_id":"y",` + rest + `}`, "INVALID_FIELD", "src_consumer_id"},
		"updating for a reason":                {`{"schema":1,"id":"a","operation":"update","external_card_id":"x","unenroll_reason":"OTHER",` + rest + `}`, "INVALID_FIELD", "unenroll_reason"},
		"forgetting nobody":                    {`{"schema":1,"id":"a","program":"demo","operation":"forget"}`, "INVALID_FIELD", "src_consumer_id"},
		"forgetting with a seal":               {`{"schema":1,"id":"a","operation":"forget","external_consumer_id":"x",` + rest + `}`, "INVALID_FIELD", "sealed"},
		"forgetting a card":                    {`{"schema":1,"id":"a","program":"demo","operation":"forget","src_consumer_id":"c","src_digital_card_id":"x"}`, "INVALID_FIELD", "src_digital_card_id"},
		"a consumer id that is a path":         {`{"schema":1,"id":"a","program":"demo","operation":"forget","src_consumer_id":"../x"}`, "INVALID_FIELD", "src_consumer_id"},
		"a PAN as the consumer id":             {`{"schema":1,"id":"a","program":"demo","operation":"forget","src_consumer_id":"5204731600014784"}`, "CARD_IN_CLEAR", "src_consumer_id"},
		"two megabytes":                        {`{"schema":1,"id":"` + strings.Repeat("a", 2<<20) + `"}`, "MESSAGE_TOO_LARGE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, problem := jobs.Decode([]byte(c.body))
			require.NotNil(t, problem)
			require.Equal(t, c.reason, string(problem.Reason), problem)
			require.Equal(t, c.field, problem.Field, problem)
			require.NotContains(t, problem.Error(), testPAN)
		})
	}
}

func TestDecodeSaysWhatASealHasToBe(t *testing.T) {
	t.Parallel()

	_, problem := jobs.Decode([]byte(`{"schema":1,"id":"a","program":"demo","sealed":"eyJ"}`))
	require.NotNil(t, problem)
	require.Contains(t, problem.Message, "is no compact JWE")
	require.NotContains(t, problem.Message, "control character")
}

func TestDecodeTellsTheIDOfABrokenJob(t *testing.T) {
	t.Parallel()

	job, problem := jobs.Decode([]byte(`{"schema":9,"id":"job-1","program":"demo","batch":"b 1"}`))
	require.NotNil(t, problem)
	require.Equal(t, jobs.Job{ID: "job-1", Program: "demo"}, job, "what is good is taken, the bad batch is not")
}

// An upstream system looks for the key of the card and for what was to become of it.
func TestDecodeTellsWhatABrokenJobWasTo(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		body string
		want jobs.Job
	}{
		"taking a card out": {
			`{"schema":1,"id":"a","program":"demo","operation":"unenroll","external_card_id":"4711","color":"red"}`,
			jobs.Job{ID: "a", Program: "demo", Operation: jobs.Unenroll, ExternalCardID: "4711"},
		},
		"of a version to come": {
			`{"schema":2,"id":"a","program":"demo","operation":"unenroll","external_consumer_id":"c-1"}`,
			jobs.Job{ID: "a", Program: "demo", Operation: jobs.Unenroll, ExternalConsumerID: "c-1"},
		},
		"an operation of a version to come": {
			`{"schema":1,"id":"a","program":"demo","operation":"suspend","external_card_id":"4711"}`,
			jobs.Job{ID: "a", Program: "demo", ExternalCardID: "4711"},
		},
		"forgetting a consumer": {
			`{"schema":1,"id":"a","program":"demo","operation":"forget","external_consumer_id":"c-1","color":"red"}`,
			jobs.Job{ID: "a", Program: "demo", Operation: jobs.Forget, ExternalConsumerID: "c-1"},
		},
		"a key that may be a card number": {
			`{"schema":1,"id":"a","program":"demo","operation":"unenroll","external_card_id":"x 4111-1111-1111-1111","color":"red"}`,
			jobs.Job{ID: "a", Program: "demo", Operation: jobs.Unenroll},
		},
		"keys that are too long or no text": {
			`{"schema":1,"id":"a","program":"demo","external_consumer_id":7,"external_card_id":"` + strings.Repeat("x", 256) + `"}`,
			jobs.Job{ID: "a", Program: "demo"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			job, problem := jobs.Decode([]byte(c.body))
			require.NotNil(t, problem)
			require.Equal(t, c.want, job)
		})
	}
}

// Snowflake and other numeric ids are common: they must not be mistaken for cards.
func TestDecodeTakesNumericIDs(t *testing.T) {
	t.Parallel()

	for _, id := range []string{"1767322245678901234", "202611231647250001", "1234567890123452"} {
		_, problem := jobs.Decode([]byte(`{"schema":1,"id":"` + id + `","program":"demo","sealed":"a..b.c.d"}`))
		require.Nil(t, problem, id)
	}
}

func TestDecodeTakesAllOperations(t *testing.T) {
	t.Parallel()

	for _, body := range []string{
		`{"schema":1,"id":"a","program":"demo","operation":"enroll","sealed":"a..b.c.d"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"unenroll","external_card_id":"4711"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"unenroll","src_digital_card_id":"8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de","unenroll_reason":"ACCOUNT_CLOSED"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"update","src_digital_card_id":"k","sealed":"a..b.c.d"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"update","src_consumer_id":"c","sealed":"a..b.c.d"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"update","external_consumer_id":"c","external_card_id":"k","sealed":"a..b.c.d"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"forget","src_consumer_id":"c"}`,
		`{"schema":1,"id":"a","program":"demo","operation":"forget","external_consumer_id":"c","external_card_id":"k"}`,
	} {
		job, problem := jobs.Decode([]byte(body))
		require.Nil(t, problem, body)

		again, err := job.Encode()
		require.NoError(t, err)
		require.JSONEq(t, body, string(again))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schema":1,"id":"a","program":"demo","sealed":"a..b.c.d","not_after":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"schema":1,"x":{"y":[5204731600014784]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		job, problem := jobs.Decode(body)
		if problem != nil {
			if problem.Reason == "" || problem.Message == "" {
				t.Fatalf("a problem without a text: %#v", problem)
			}

			return
		}

		again, err := job.Encode()
		if err != nil {
			t.Fatalf("accepted, and cannot be encoded: %v", err)
		}

		if !json.Valid(again) {
			t.Fatal("encoded as something else than JSON")
		}
	})
}
