package jobs

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requireMarshaled holds what was written against encoding/json. What was not written is left to it.
func requireMarshaled(t *testing.T, document any, body []byte, written bool) {
	t.Helper()

	if !written {
		return
	}

	want, err := json.Marshal(document)
	require.NoError(t, err)
	require.Equal(t, string(want), string(body))
}

// writable is a job of which each text is the given one.
func writable(text string, at time.Time) Job {
	return Job{
		Schema: SchemaVersion, ID: text, Program: text, Batch: text, ExternalConsumerID: text, ExternalCardID: text, NotAfter: at,
		Operation: Operation(text), SrcDigitalCardID: text, SrcConsumerID: text, UnenrollReason: text, TokenRequestorID: text, Sealed: text,
	}
}

// announceable is an event of which each text is the given one, and each number.
func announceable(text string, n int, at time.Time) Outcome {
	return Outcome{
		Schema: SchemaVersion, ID: text, Program: text, Batch: text, ExternalConsumerID: text, ExternalCardID: text,
		Operation: Operation(text), Status: text, HTTPStatus: n, Error: &Failure{text, text, text, text, text},
		SrcDigitalCardID: text, SrcConsumerID: text, Consumers: n, SrcCorrelationID: text, TokenUniqueReference: text,
		Attempts: n, CompletedAt: at,
	}
}

func TestDocumentsAreWrittenAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()

	at := canonicalNow().Add(time.Microsecond).In(time.FixedZone("", 3600))

	for name, c := range map[string]struct {
		text string
		ours bool
	}{
		"nothing":        {"", true},
		"a word":         {"a b/c-1", true},
		"an umlaut":      {"Jürgen €", true},
		"a quote":        {`a"b`, false},
		"a backslash":    {`a\b`, false},
		"a tab":          {"a\tb", false},
		"HTML":           {"a<b", false},
		"no UTF-8":       {"a\xffb", false},
		"line separator": {"a\u2028b", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			job := writable(c.text, at)
			body, written := writeJob(job)
			require.Equal(t, c.ours, written)
			requireMarshaled(t, job, body, written)

			outcome := announceable(c.text, 7, at)
			body, written = writeOutcome(outcome)
			require.Equal(t, c.ours, written)
			requireMarshaled(t, outcome, body, written)

			body, err := outcome.Encode()
			require.NoError(t, err)
			requireMarshaled(t, outcome, body, true)
		})
	}

	for name, document := range map[string]Outcome{
		"no failure":        {Status: "enrolled", CompletedAt: at},
		"an empty failure":  {Status: "dead", Error: &Failure{}},
		"what a push gave":  {Status: "pushed", Push: &Pushed{}},
		"a time of no year": {CompletedAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			document.Schema = SchemaVersion
			want, wrong := json.Marshal(document)
			body, err := document.Encode()
			require.Equal(t, wrong == nil, err == nil)
			require.Equal(t, string(want), string(body))
		})
	}
}

// setAll sets every member of a document, so that one which a writer does not know is missed.
func setAll(t *testing.T, value reflect.Value) {
	t.Helper()

	switch at, isTime := reflect.TypeAssert[*time.Time](value.Addr()); {
	case isTime:
		*at = canonicalNow()
	case value.Kind() == reflect.String:
		value.SetString("x")
	case value.Kind() == reflect.Int:
		value.SetInt(1)
	case value.Kind() == reflect.Bool:
		value.SetBool(true)
	case value.Type() == reflect.TypeFor[json.RawMessage]():
		value.SetBytes([]byte("{}"))
	case value.Kind() == reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		setAll(t, value.Elem())
	case value.Kind() == reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		setAll(t, value.Index(0))
	case value.Kind() == reflect.Struct:
		for i := range value.NumField() {
			if field := value.Type().Field(i); field.IsExported() && field.Tag.Get("json") != "-" && field.Name != "Push" {
				setAll(t, value.Field(i))
			}
		}
	default:
		require.Fail(t, "no value for a member", value.Type())
	}
}

func TestEveryMemberIsWritten(t *testing.T) {
	t.Parallel()

	var (
		job     Job
		outcome Outcome
		poll    Poll
	)

	setAll(t, reflect.ValueOf(&job).Elem())
	setAll(t, reflect.ValueOf(&outcome).Elem())
	setAll(t, reflect.ValueOf(&poll).Elem())

	body, written := writeJob(job)
	require.True(t, written)
	requireMarshaled(t, job, body, written)

	body, written = writeOutcome(outcome)
	require.True(t, written)
	requireMarshaled(t, outcome, body, written)

	body, written = writePoll(poll)
	require.True(t, written)
	requireMarshaled(t, poll, body, written)
}

// pollable is a poll of which each text is the given one, and each number.
func pollable(text string, n int, at time.Time, messages ...string) Poll {
	p := Poll{
		Schema: SchemaVersion, Program: text, APIBatch: text, Part: text, SubmittedAt: at, Polls: n, FlowID: text, Alone: n%2 > 0, Numbers: text,
	}
	for _, message := range messages {
		p.Jobs = append(p.Jobs, SubmittedJob{Attempt: n, Charged: n, StartedAt: at, Traceparent: text, Message: json.RawMessage(message)})
	}

	return p
}

func TestPollsAreWrittenAndReadAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()

	at := canonicalNow().Add(time.Nanosecond)
	job, written := writeJob(writable("x", at))
	require.True(t, written)

	for name, c := range map[string]struct {
		poll          Poll
		written, read bool
	}{
		"a job":                         {pollable("a", 1, at, string(job)), true, true},
		"jobs":                          {pollable("a", 20, at, string(job), `{}`, `{"a":1,"b":"}"}`), true, true},
		"empty texts":                   {pollable("", 0, at, string(job)), true, true},
		"no jobs":                       {pollable("a", 1, at), false, false},
		"a text with a quote":           {pollable(`a"`, 1, at, string(job)), false, false},
		"a message with a blank":        {pollable("a", 1, at, `{"a": "b"}`), false, true},
		"a message with an escape":      {pollable("a", 1, at, `{"a":"\n"}`), false, false},
		"a message with an object":      {pollable("a", 1, at, `{"a":{"b":1}}`), false, false},
		"a message with another number": {pollable("a", 1, at, `{"a":-1.5}`), false, false},
		"a message with a long number":  {pollable("a", 1, at, `{"a":1234567890}`), false, false},
		"a message that is no object":   {pollable("a", 1, at, `"a"`), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			body, written := writePoll(c.poll)
			require.Equal(t, c.written, written)
			requireMarshaled(t, c.poll, body, written)

			whole, err := json.Marshal(c.poll)
			require.NoError(t, err)

			short, ours := readPoll(whole)
			require.Equal(t, c.read, ours)

			long, err := readAnyPoll(whole)
			require.NoError(t, err)

			if ours {
				require.Equal(t, long, short)
			}
		})
	}
}

func FuzzDocumentsAreWrittenAsEncodingJSONDoes(f *testing.F) {
	f.Add("a b", 1, int64(1), `{"id":"a"}`)
	f.Add("ü\"", -1, int64(-1), `{"id":0}`)
	f.Fuzz(func(t *testing.T, text string, n int, seconds int64, message string) {
		at := time.Unix(seconds, seconds).UTC()

		body, written := writeJob(writable(text, at))
		requireMarshaled(t, writable(text, at), body, written)

		body, written = writeOutcome(announceable(text, n, at))
		requireMarshaled(t, announceable(text, n, at), body, written)

		body, written = writePoll(pollable(text, n, at, message, message))
		requireMarshaled(t, pollable(text, n, at, message, message), body, written)
	})
}

func FuzzTheShortWayReadsAPollAsTheLongWayDoes(f *testing.F) {
	body, written := writePoll(pollable("a", 1, canonicalNow(), `{"id":"a"}`, `{}`, `{"a":12,"b":"c"}`))
	require.True(f, written)
	f.Add(body)
	f.Add([]byte(strings.ReplaceAll(string(body), `"a"`, `""`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		short, ours := readPoll(body)
		if !ours {
			return
		}

		long, err := readAnyPoll(body)
		require.NoError(t, err)
		require.Equal(t, long, short)

		again, written := writePoll(short)
		require.True(t, written)
		require.Equal(t, string(body), string(again))
	})
}
